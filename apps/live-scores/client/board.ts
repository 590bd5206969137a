import type { MatchContract, ScoreContract } from '../src/contracts.js';
import { create, element, status } from './elements.js';

// The board of all matches: nothing but the browser's own EventSource.

const MATCHES = ['1', '2', '3'];

/** What the server tells of each topic that was joined. */
interface Joined {
  readonly topic: string;
  readonly status: 'joined' | 'refused';
  readonly response: { readonly home: string; readonly away: string };
  readonly recovered?: boolean;
}

interface Told<Payload> {
  readonly topic: string;
  readonly payload: Payload;
}

const matchOf = (topic: string): string => topic.slice(topic.indexOf(':') + 1);
const names = new Map<string, string>();
const cards = new Map<string, { readonly teams: HTMLElement; readonly score: HTMLElement }>();
for (const match of MATCHES) {
  const teams = create('span', 'teams');
  const score = create('b', 'score', '–');
  cards.set(match, { teams, score });
  const link = create('a', 'card', teams, score);
  link.href = `/match.html#${match}`;
  element('board').append(create('li', '', link));
}

const topics = MATCHES.flatMap((match) => [`score:${match}`, `match:${match}`]);
const source = new EventSource(`/sse?topics=${topics.join(',')}`);
source.addEventListener('error', () => status('away', 'Connecting…'));

source.addEventListener('channel', ({ data }) => {
  const { topic, status: joined, response, recovered } = JSON.parse(data) as Joined;
  if (joined === 'refused') return;
  const name = `${response.home} – ${response.away}`;
  const card = cards.get(matchOf(topic));
  if (card !== undefined) card.teams.textContent = name;
  names.set(matchOf(topic), name);
  if (recovered === false) status('lost', 'Some lines were missed');
  else status('live', 'Live');
});

source.addEventListener('score', ({ data }) => {
  const { topic, payload } = JSON.parse(data) as Told<ScoreContract['out']['score']>;
  const card = cards.get(matchOf(topic));
  if (card !== undefined) card.score.textContent = `${payload.home} : ${payload.away}`;
});

source.addEventListener('line', ({ data }) => {
  const { topic, payload } = JSON.parse(data) as Told<MatchContract['out']['line']>;
  const line = create('li', 'line', create('b', 'minute', `${payload.minute}′`), ' ', create('span', 'text', payload.text));
  line.title = names.get(matchOf(topic)) ?? '';
  element('lines').prepend(line);
});
