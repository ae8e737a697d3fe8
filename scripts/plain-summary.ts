/** Vitest reporter: one plain closing line for programs that count tests. */
import type { Reporter, TestModule } from 'vitest/node';
import { adviceOnMissing } from './servers/wanted.ts';

export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded, or whose preparation fails, has no test that fails.
      const hasFailedTest = [...module.children.allTests()].some((test) => test.result().state === 'failed');
      if (module.state() === 'failed' && !hasFailedTest) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') counts[state] += 1;
      }
    }
    const advice = adviceOnMissing();
    if (counts.skipped > 0) console.log(`\n${counts.skipped} skipped${advice === undefined ? '' : `. ${advice}`}`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  }
}
