/** What `startChild` was given goes over what the template has. */
export function mergedArguments(template: unknown, extra: unknown): unknown {
  if (extra === undefined) return template;
  const both = typeof template === 'object' && template !== null && typeof extra === 'object' && extra !== null && !Array.isArray(extra);
  return both ? { ...template, ...extra } : extra;
}
