// Vitest reporter: leaves the totals of a run as JSON in the file that REKINDLE_TOTALS names.
import { writeFileSync } from 'node:fs';

export default class Totals {
  onTestRunEnd(modules, unhandledErrors) {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // Errors of a file or of a suite: it could not be loaded, or a hook failed. Its tests then count as skipped, the error as failed.
      totals.failed += module.errors().length;
      for (const suite of module.children.allSuites()) totals.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test still pending was cut off: its process died or the run was interrupted.
        totals[state === 'pending' ? 'failed' : state]++;
      }
    }
    writeFileSync(process.env.REKINDLE_TOTALS, JSON.stringify(totals));
  }
}
