import { connect, type Socket } from 'node:net';

export interface ConnectionOptions {
  readonly port: number;
  /** The text of the next HTTP request. */
  readonly nextRequest: () => string;
  /** @param micros from the request to the end of its response */
  readonly onResponse: (status: number, bodyBytes: number, micros: number) => void;
  readonly onLost: () => void;
}

const MAX_READ_BYTES = 65_536;
/** What separates a response's head from its body. */
const SEPARATOR = '\r\n\r\n';

/**
 * A connection on which the next request follows the response to the one before. It reads no more of HTTP/1.1 than the
 * servers here write: general clients cost more CPU than some of the servers that are measured.
 */
export class LoadConnection {
  readonly #options: ConnectionOptions;
  #socket: Socket;
  #isClosed = false;
  #sentAtMs = 0;
  /** Of a response whose head is not complete yet. */
  #head = '';
  #status = 0;
  #bodyBytes = 0;
  /** Bytes of the body that have not arrived yet; null while the head has not. */
  #missingBytes: number | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #open(): Socket {
    const buffer = Buffer.allocUnsafe(MAX_READ_BYTES);
    const callback = (length: number) => {
      this.#read(buffer, length);
      return true;
    };
    const socket = connect({
      port: this.#options.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer, callback },
    });
    socket.on('connect', () => this.#send());
    // The close that follows is enough.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#isClosed) return;
      this.#options.onLost();
      this.#head = '';
      this.#missingBytes = null;
      this.#socket = this.#open();
    });
    return socket;
  }

  #send(): void {
    this.#sentAtMs = performance.now();
    this.#socket.write(this.#options.nextRequest(), 'latin1');
  }

  #read(buffer: Buffer, length: number): void {
    if (this.#missingBytes === null) {
      this.#readHead(buffer.toString('latin1', 0, length));
    } else {
      this.#missingBytes -= length;
    }
    if (this.#missingBytes !== 0 || this.#isClosed) return;
    this.#missingBytes = null;
    const micros = Math.round((performance.now() - this.#sentAtMs) * 1_000);
    this.#options.onResponse(this.#status, this.#bodyBytes, micros);
    this.#send();
  }

  #readHead(text: string): void {
    this.#head += text;
    const end = this.#head.indexOf(SEPARATOR);
    if (end === -1) return;
    const head = this.#head.slice(0, end);
    this.#status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    this.#bodyBytes = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(this.#bodyBytes)) throw new Error(`No content-length: ${head}`);
    this.#missingBytes = this.#bodyBytes - (this.#head.length - end - SEPARATOR.length);
    this.#head = '';
  }
}
