/** Where the page's script gets the news from, and the script itself: paths that no app has. */
export const EVENTS = '/__rekindle/events';
export const SCRIPT = '/__rekindle/overlay.js';

/** What the page is told. */
export interface DevState {
  readonly problems: readonly object[];
  readonly reloads: number;
}

export const TAG = `<script src="${SCRIPT}"></script>`;

/** A page that waits for the app. */
export const WAITING = `<!doctype html><meta charset="utf-8"><title>Starting</title>${TAG}<p>The app is not running yet.</p>`;

/** Runs in the page: shows what is wrong above it, as text. The channels rejoin by themselves. */
export const OVERLAY = `(() => {
  const box = document.createElement('div');
  box.id = 'rekindle-overlay';
  box.setAttribute('role', 'alert');
  const style = 'position:fixed;left:0;right:0;bottom:0;max-height:60vh;overflow:auto;z-index:2147483647;margin:0;padding:1em;background:#2b0d0d;color:#ffe9e9;font:13px/1.5 ui-monospace,monospace;white-space:pre-wrap;box-shadow:0 0 2em #0008';
  box.style.cssText = style;
  const close = document.createElement('button');
  close.textContent = 'Close';
  close.style.cssText = 'float:right';
  close.onclick = () => box.remove();
  let seen;
  new EventSource('${EVENTS}').onmessage = ({ data }) => {
    const { problems, reloads } = JSON.parse(data);
    if (seen !== undefined && seen !== reloads && document.title === 'Starting') location.reload();
    seen = reloads;
    if (problems.length === 0) { box.remove(); return; }
    box.replaceChildren(close);
    for (const { kind, file, line, column, message } of problems) {
      const item = document.createElement('div');
      item.className = kind;
      const where = file === undefined ? '' : file + ':' + line + ':' + column + '\\n';
      item.textContent = where + message + '\\n\\n';
      box.append(item);
    }
    document.documentElement.append(box);
  };
})();
`;
