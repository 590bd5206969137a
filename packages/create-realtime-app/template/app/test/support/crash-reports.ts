import { beforeEach, vi } from 'vitest';

// What crashes in a test crashes on purpose: the reports are shown for tests that fail only.
beforeEach(({ onTestFailed }) => {
  const reports: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    reports.push(String(text));
    return true;
  });
  onTestFailed(() => {
    console.error(reports.slice(-50).join(''));
  });
  return () => stderr.mockRestore();
});
