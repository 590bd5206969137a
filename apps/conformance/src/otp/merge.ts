import { array, type Json, type JsonObject, number, object } from './json.js';

/** The sites' reports as one: objects are united, lists are joined and sorted. */
export function merge(reports: readonly JsonObject[]): JsonObject {
  const merged: JsonObject = {};
  for (const report of reports) {
    for (const [field, value] of Object.entries(report)) {
      if (Array.isArray(value)) merged[field] = [...array(merged[field]), ...value].sort();
      else merged[field] = { ...object(merged[field]), ...object(value) };
    }
  }
  return merged;
}

/** What the sites have noted, `{stamp, entry}` each, in the order in which it happened. */
export function inOrder(lists: readonly (Json | undefined)[]): Json[] {
  const noted = lists.flatMap(array).map(object);
  return noted.sort((a, b) => number(a.stamp) - number(b.stamp)).map(({ entry }) => entry as Json);
}
