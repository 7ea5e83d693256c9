import type { Reporter, TestModule } from 'vitest/node';

/** Prints the run's totals once more as one plain line, for programs that read the log. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A module that failed to load has no tests to count, and must not look like a pass.
    const broken = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    process.stdout.write(
      `\n${count('passed')} passed, ${count('failed') + broken + unhandled.length} failed\n`,
    );
  }
}
