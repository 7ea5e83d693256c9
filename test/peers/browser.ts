import { type Browser, chromium } from 'playwright-core';

/** A headless Chromium that comes from npm alone, together with the libraries that a bare machine lacks. */
export async function openBrowser(): Promise<Browser> {
  // The package unpacks its libraries only where it believes to be on this platform.
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs22.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    // Not the package's own arguments: they turn web security off and run everything in one process.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
