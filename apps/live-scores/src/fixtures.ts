export interface Teams {
  readonly home: string;
  readonly away: string;
}

/** Today's matches, by their ids. */
export const fixtures: ReadonlyMap<string, Teams> = new Map([
  ['1', { home: 'Northport', away: 'Eastvale' }],
  ['2', { home: 'Hillside', away: 'Riverton' }],
  ['3', { home: 'Oakham', away: 'Westbay' }],
]);

/** The teams of a topic such as `match:1`. */
export function teamsOf(topic: string): Teams | undefined {
  return fixtures.get(topic.slice(topic.indexOf(':') + 1));
}
