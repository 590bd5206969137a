import { readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';
import { type Row, rowsOf, sectionsOf } from './markdown-table.js';
import { channelNames, errorCodes, fieldsOf, sources } from './sources.js';

// Pages that list what the sources have: all of it, and nothing else.

const read = (page: string): string => readFileSync(`${root}/docs/${page}`, 'utf8');
const texts = sources();

/** A column's cells, of which each is one or several names in backticks. */
const named = (rows: Row[], head: string): string[] =>
  rows.flatMap((row) => [...(row[head] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)).sort();

/** What is in a section's table, by heading. */
const tables = (page: string, head: string) =>
  Object.fromEntries(Object.entries(sectionsOf(page)).map(([heading, section]) => [heading, named(rowsOf(section), head)]));

describe('errors by code', () => {
  it('are those of the sources', () => {
    const codes = errorCodes(texts);
    expect(codes.CallError).toContain('noproc');
    expect(tables(read('reference/errors.md'), 'code')).toEqual(codes);
  });

  it('of publishing over HTTP are those of the sources', () => {
    const codes = sources('packages/server/src/publish').flatMap((text) =>
      [...text.matchAll(/\bcode: '(\w+)'/g)].map(([, code = '']) => code),
    );
    expect(codes).toContain('bad_json');
    expect(
      named(
        rowsOf(read('guides/publish-api.md')).filter((row) => 'code' in row),
        'code',
      ),
    ).toEqual([...new Set(codes)].sort());
  });
});

describe('telemetry', () => {
  const page = read('reference/telemetry.md');

  it('has a section for each diagnostics channel', () => {
    const names = channelNames(texts);
    expect(names).toContain('rekindle.crash');
    expect(Object.keys(sectionsOf(page)).sort()).toEqual(names);
  });

  it.each(Object.entries(sectionsOf(page)))('%s has the fields of its type', (_channel, section) => {
    const [, type = ''] = /^`(\w+)`:/m.exec(section) ?? [];
    expect(named(rowsOf(section), 'field')).toEqual(fieldsOf(texts, type));
  });
});
