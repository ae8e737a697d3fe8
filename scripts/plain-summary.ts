/** Vitest reporter: one plain closing line for programs that count tests. */
import type { Reporter, TestModule } from 'vitest/node';

export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded has no tests to fail.
      if (module.state() === 'failed' && module.children.size === 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') counts[state] += 1;
      }
    }
    if (counts.skipped > 0) console.log(`\n${counts.skipped} skipped`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  }
}
