import { type CursorScope, type CursorSource, encodeCursor } from './cursor.ts';
import type { Slice } from './window.ts';

/** The list that a connection is cut from. */
export interface ConnectionSource<T> extends CursorSource {
  readonly total: number;
  /** The items from `start` up to, not including, `end`; fewer where some places have none. */
  slice(start: number, end: number): readonly T[];
}

/** One item in a connection. Its cursor is written only when it is read: most queries never select it. */
export class Edge<T> {
  readonly node: T;
  readonly #position: number;
  readonly #connection: Connection<T>;

  constructor(connection: Connection<T>, node: T, position: number) {
    this.node = node;
    this.#position = position;
    this.#connection = connection;
  }

  get cursor(): string {
    return this.#connection.cursorAt(this.#position);
  }
}

/** The page flags and the cursors of the first and the last edge. */
export class PageInfo<T> {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly #connection: Connection<T>;

  constructor(connection: Connection<T>, slice: Slice) {
    this.hasNextPage = slice.hasNextPage;
    this.hasPreviousPage = slice.hasPreviousPage;
    this.#connection = connection;
  }

  get startCursor(): string | null {
    return this.#connection.cursorOf(this.#connection.positions[0]);
  }

  get endCursor(): string | null {
    return this.#connection.cursorOf(this.#connection.positions.at(-1));
  }
}

/** A Relay connection over a slice of a list: its parts are made when they are read. */
export class Connection<T> {
  readonly slice: Slice;
  readonly #source: ConnectionSource<T>;
  readonly #scope: CursorScope;

  constructor(source: ConnectionSource<T>, slice: Slice, scope: CursorScope) {
    this.slice = slice;
    this.#source = source;
    this.#scope = scope;
  }

  get totalCount(): number {
    return this.#source.total;
  }

  get nodes(): readonly T[] {
    return this.#source.slice(this.slice.start, this.slice.end);
  }

  get edges(): readonly Edge<T>[] {
    const { nodes, positions } = this;
    return nodes.map((node, index) => new Edge(this, node, positions[index] ?? this.slice.start + index));
  }

  get pageInfo(): PageInfo<T> {
    return new PageInfo(this, this.slice);
  }

  /** Where the nodes stand in the list. */
  get positions(): readonly number[] {
    const { start, end } = this.slice;
    return Array.from({ length: end - start }, (_, index) => start + index).filter(
      (position) => this.#source.idAt(position) !== undefined,
    );
  }

  cursorOf(position: number | undefined): string | null {
    return position === undefined ? null : this.cursorAt(position);
  }

  cursorAt(position: number): string {
    return encodeCursor(this.#scope, position, this.#source);
  }
}
