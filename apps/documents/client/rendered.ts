/** A little Markdown as elements: headings, lists, paragraphs. Text stays text: nothing in a file becomes markup. */
export function rendered(lines: readonly string[]): HTMLElement[] {
  const blocks: HTMLElement[] = [];
  let open: HTMLElement | undefined;
  for (const line of lines) {
    const heading = /^(#{1,3}) (.*)$/.exec(line);
    const item = /^- (.*)$/.exec(line);
    if (line.trim() === '') open = undefined;
    else if (heading !== null) {
      blocks.push(made(`h${heading[1]?.length}`, heading[2]));
      open = undefined;
    } else if (item !== null) {
      if (open?.localName !== 'ul') blocks.push((open = made('ul')));
      open.append(made('li', item[1]));
    } else if (open?.localName === 'p') open.append(` ${line}`);
    else blocks.push((open = made('p', line)));
  }
  return blocks;
}

function made(tag: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
