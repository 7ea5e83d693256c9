import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses what is longer than a request may be. Yoga's own limit sends each body through a stream that counts, which is a
 * quarter of what a request costs that is not known yet; of one that says how long it is, HTTP lets no more through.
 */
export function useBodyLimit(maxBytes: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      const length = request.headers.get('content-length');
      if (Number(length) > maxBytes) throw tooLong(maxBytes);
      const isTold = length !== null && /^\d+$/.test(length);
      if (isTold || requestParser === undefined || request.method !== 'POST') return;
      setRequestParser(async (unread) => {
        const { url, method, headers, signal } = unread;
        const body = await readBody(unread, maxBytes);
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body }));
      });
    },
  };
}

async function readBody({ body }: Request, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Not by iterating: to leave that early ends the connection, before the refusal is sent.
  const reader = body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxBytes) throw tooLong(maxBytes);
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLong(maxBytes: number): GraphQLError {
  return new GraphQLError(`The request is longer than ${maxBytes} bytes.`, {
    extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
  });
}
