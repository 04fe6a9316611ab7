/**
 * A restricted unpickler: Python's object format, protocols 1 to 5, without Python's power.
 *
 * It builds lists, tuples, dicts and plain values. Anything else that a pickle asks for (a class, a
 * function, an outside object) goes to the host, which has an allow-list. The loop keeps its own
 * stack, so nesting costs no recursion; a step takes at least a byte of the file and makes at most
 * one object, so time and memory are bounded by the file and by MAX_OPCODES.
 *
 * Reference: CPython Lib/pickle.py and Lib/pickletools.py.
 */

import { quoteName } from "../../base/untrustedNames.ts";
import { ByteReader } from "./ByteReader.ts";
import {
  corruptCheckpoint,
  forbiddenCheckpoint,
  unsupportedCheckpoint,
} from "./checkpointErrors.ts";
import { MAX_OPCODES } from "./checkpointLimits.ts";
import { readDecimal, readInteger } from "./integers.ts";
import { OP, refusedOpcode } from "./opcodes.ts";
import type { PickleValue } from "./PickleValue.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleOpaque,
  PickleTuple,
  typeNameOf,
} from "./PickleValue.ts";

/** The unpickler's access to globals and outside objects. */
export interface PickleHost {
  /** The global of that name. @throws NafnetError CHECKPOINT_FORBIDDEN outside the allow-list */
  findGlobal(module: string, name: string): PickleGlobal;
  /** The outside object that the id stands for: in PyTorch's pickles, a storage. */
  persistentLoad(id: PickleValue): PickleValue;
}

/** A pickle's value and the byte after its STOP. */
export interface Unpickled {
  readonly value: PickleValue;
  readonly end: number;
}

/**
 * Reads the pickle that begins at byte `start`.
 *
 * @throws NafnetError CHECKPOINT_CORRUPT, CHECKPOINT_FORBIDDEN, CHECKPOINT_UNSUPPORTED
 */
export function unpickle(bytes: Buffer, start: number, host: PickleHost): Unpickled {
  const reader = new ByteReader(bytes, start);
  const unpickler = new Unpickler(reader, host);
  for (let steps = 0; steps < MAX_OPCODES; steps += 1) {
    const at = reader.position;
    const opcode = reader.uint8();
    if (opcode === OP.STOP) return { value: unpickler.pop(), end: reader.position };
    unpickler.step(opcode, at);
  }
  throw unsupportedCheckpoint(
    `Expected a pickle of at most ${MAX_OPCODES} opcodes, but it goes on: it is no checkpoint of an image-restoration network, or made to exhaust memory.`,
  );
}

class Unpickler {
  readonly #reader: ByteReader;
  readonly #host: PickleHost;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(reader: ByteReader, host: PickleHost) {
    this.#reader = reader;
    this.#host = host;
  }

  step(opcode: number, at: number): void {
    const value = this.#evaluate(opcode, at);
    if (value !== undefined) this.#stack.push(value);
  }

  /** Carries out an opcode; the result, if any, is to be pushed. */
  #evaluate(opcode: number, at: number): PickleValue | undefined {
    const reader = this.#reader;
    switch (opcode) {
      case OP.PROTO: {
        const protocol = reader.uint8();
        if (protocol > 5)
          throw unsupportedCheckpoint(`Expected pickle protocol ≤ 5, but found ${protocol}.`);
        return undefined;
      }
      case OP.FRAME: // a hint for buffered reading; the bytes that it announces must be there all the same
        if (reader.uint64() > reader.remaining) {
          throw corruptCheckpoint(`The pickle's frame at byte ${at} is longer than the file.`);
        }
        return undefined;

      case OP.NONE:
        return null;
      case OP.NEWTRUE:
        return true;
      case OP.NEWFALSE:
        return false;
      case OP.BININT:
        return reader.int32();
      case OP.BININT1:
        return reader.uint8();
      case OP.BININT2:
        return reader.uint16();
      case OP.INT:
        return readDecimal(reader, at);
      case OP.LONG:
        return readDecimal(reader, at);
      case OP.LONG1:
        return readInteger(reader, reader.uint8(), at);
      case OP.LONG4:
        return readInteger(reader, reader.uint32(), at);
      case OP.BINFLOAT:
        return reader.float64BigEndian();

      case OP.SHORT_BINUNICODE:
      case OP.SHORT_BINSTRING: // Python 2's str; PyTorch reads it as UTF-8 too
        return reader.text(reader.uint8());
      case OP.BINUNICODE:
      case OP.BINSTRING:
        return reader.text(reader.uint32());
      case OP.BINUNICODE8:
        return reader.text(reader.uint64());
      case OP.SHORT_BINBYTES:
        return reader.bytes(reader.uint8());
      case OP.BINBYTES:
        return reader.bytes(reader.uint32());
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        return reader.bytes(reader.uint64());

      case OP.EMPTY_TUPLE:
        return new PickleTuple([]);
      case OP.TUPLE1:
        return new PickleTuple([this.pop()]);
      case OP.TUPLE2:
        return new PickleTuple([this.pop(), this.pop()].reverse());
      case OP.TUPLE3:
        return new PickleTuple([this.pop(), this.pop(), this.pop()].reverse());
      case OP.TUPLE:
      case OP.FROZENSET:
        return new PickleTuple(this.#popMark());
      case OP.EMPTY_LIST:
        return new PickleList();
      case OP.EMPTY_SET:
        return new PickleList("set");
      case OP.APPEND:
        this.#append([this.pop()], at);
        return undefined;
      case OP.APPENDS:
      case OP.ADDITEMS:
        this.#append(this.#popMark(), at);
        return undefined;
      case OP.EMPTY_DICT:
        return new PickleDict();
      case OP.SETITEM:
        this.#setItems([this.pop(), this.pop()].reverse(), at);
        return undefined;
      case OP.SETITEMS:
        this.#setItems(this.#popMark(), at);
        return undefined;

      case OP.MARK:
        this.#marks.push(this.#stack.length);
        return undefined;
      case OP.POP:
        if (this.#stack.length === this.#marks.at(-1)) this.#marks.pop();
        else this.pop();
        return undefined;
      case OP.POP_MARK:
        this.#popMark();
        return undefined;
      case OP.DUP:
        return this.#top();
      case OP.BINGET:
        return this.#get(reader.uint8(), at);
      case OP.LONG_BINGET:
        return this.#get(reader.uint32(), at);
      case OP.BINPUT:
        this.#memo.set(reader.uint8(), this.#top());
        return undefined;
      case OP.LONG_BINPUT:
        this.#memo.set(reader.uint32(), this.#top());
        return undefined;
      case OP.MEMOIZE:
        this.#memo.set(this.#memo.size, this.#top());
        return undefined;

      case OP.GLOBAL: {
        const module = reader.line();
        return this.#host.findGlobal(module, reader.line());
      }
      case OP.STACK_GLOBAL: {
        const name = this.pop();
        const module = this.pop();
        if (typeof module !== "string" || typeof name !== "string") {
          throw corruptCheckpoint(`Expected the texts of a global's name at byte ${at}.`);
        }
        return this.#host.findGlobal(module, name);
      }
      case OP.REDUCE:
      case OP.NEWOBJ:
        return this.#call(at);
      case OP.BUILD:
        this.#build(at);
        return undefined;
      case OP.BINPERSID:
        return this.#host.persistentLoad(this.pop());

      default:
        throw refusedOpcode(opcode, at);
    }
  }

  /** Takes off the topmost value; values below the last open MARK are out of reach. */
  pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw corruptCheckpoint(
        `The pickle takes a value off an empty stack before byte ${this.#at()}.`,
      );
    }
    return value;
  }

  #popMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) {
      throw corruptCheckpoint(
        `The pickle closes a MARK that it never opened before byte ${this.#at()}.`,
      );
    }
    return this.#stack.splice(height);
  }

  #get(index: number, at: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw corruptCheckpoint(
        `The pickle asks for memo ${index} at byte ${at}, which it never stored.`,
      );
    }
    return value;
  }

  #append(items: readonly PickleValue[], at: number): void {
    const list = this.#top();
    if (!(list instanceof PickleList)) {
      throw corruptCheckpoint(
        `Expected a list to append to at byte ${at}, but found ${typeNameOf(list)}.`,
      );
    }
    for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly PickleValue[], at: number): void {
    const dict = this.#top();
    if (!(dict instanceof PickleDict)) {
      throw corruptCheckpoint(
        `Expected a dict to fill at byte ${at}, but found ${typeNameOf(dict)}.`,
      );
    }
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      const value = items[i + 1];
      if (key === undefined || value === undefined) {
        throw corruptCheckpoint(`A key without a value at byte ${at}.`);
      }
      dict.set(key, value);
    }
  }

  #call(at: number): PickleValue {
    const args = this.pop();
    const callable = this.pop();
    if (!(args instanceof PickleTuple)) {
      throw corruptCheckpoint(
        `Expected a tuple of arguments at byte ${at}, but found ${typeNameOf(args)}.`,
      );
    }
    if (!(callable instanceof PickleGlobal)) {
      throw corruptCheckpoint(`The pickle calls a ${typeNameOf(callable)} at byte ${at}.`);
    }
    if (callable.call === undefined) {
      throw forbiddenCheckpoint(
        `The pickle calls ${quoteName(callable.name)}, which is not to be called.`,
      );
    }
    return callable.call(args.items);
  }

  /** Leaves out an object's attributes: OrderedDict has `_metadata`, which nothing here needs. */
  #build(at: number): void {
    this.pop();
    const target = this.#top();
    if (target instanceof PickleDict || target instanceof PickleOpaque) return;
    throw forbiddenCheckpoint(
      `The pickle sets attributes of a ${typeNameOf(target)} at byte ${at}.`,
    );
  }

  #at(): number {
    return this.#reader.position;
  }
}
