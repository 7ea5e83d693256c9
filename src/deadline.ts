import { RequestTimeoutError } from './errors.ts';
import { type Deadline, waitUntil } from './lib/waiter.ts';

/** Waits until the signal is aborted, and for no longer than the time of a request. */
export function startDeadline(signal: AbortSignal, timeoutMs: number): Deadline {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RequestTimeoutError(timeoutMs)), timeoutMs);
  // A request that is over must not keep the process up, nor its timer the request.
  timer.unref();
  // Not `AbortSignal.any`, of which nothing can be let go before its signals end.
  const leave = () => {
    clearTimeout(timer);
    deadline.abort(signal.reason);
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return {
    ...waitUntil(deadline.signal, timeoutMs),
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    },
  };
}
