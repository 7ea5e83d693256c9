import { privateImage, publicImage } from '../scripts/catalogue-images.ts';

const FIRST_ID = 100_000_000;
/** From one public image to the next. The ids between them are for private images. */
const ID_STEP = 1_000_000;

/**
 * The images of a token's account by ascending id. Of three in a row one or two are public, depending on the account.
 * Public images are the same for everyone, private ones belong to the account.
 */
export class Account {
  readonly #owner: number;
  readonly #publicOfThree: number;

  constructor(token: string) {
    this.#owner = hash(token);
    this.#publicOfThree = 1 + (this.#owner % 2);
  }

  idAt(row: number): number {
    const privatePlace = (row % 3) - this.#publicOfThree;
    if (privatePlace < 0) return FIRST_ID + this.#publicIndex(row) * ID_STEP;
    const idBefore = this.idAt(row - privatePlace - 1);
    return idBefore + 1 + (privatePlace * ID_STEP) / 2 + (this.#owner % (ID_STEP / 2 - 1));
  }

  /** The image as the API writes it. */
  jsonAt(row: number): string {
    const id = this.idAt(row);
    if (row % 3 < this.#publicOfThree) return publicJson(this.#publicIndex(row), id);
    return `{"id":${id},"name":"server-${row}-${this.#owner.toString(16)}"${privateRest(row)}`;
  }

  #publicIndex(row: number): number {
    return Math.floor(row / 3) * this.#publicOfThree + (row % 3);
  }
}

const publicTexts = new Map<number, string>();
const privateRests = new Map<number, string>();

function publicJson(index: number, id: number): string {
  const text = publicTexts.get(index) ?? JSON.stringify(publicImage(index, id));
  publicTexts.set(index, text);
  return text;
}

/** What follows the id and the name, which come first. */
function privateRest(row: number): string {
  const rest =
    privateRests.get(row) ?? JSON.stringify(privateImage(row, 0, '')).slice('{"id":0,"name":""'.length);
  privateRests.set(row, rest);
  return rest;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
