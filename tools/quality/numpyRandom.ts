/**
 * numpy.random.seed(…) and numpy.random.normal(…): the same noise here as in the PyTorch figures that ours
 * are compared with. MT19937 (Matsumoto and Nishimura 1998) and the polar method (Marsaglia 1964), in the
 * order in which numpy's legacy RandomState takes its numbers.
 */

const STATE_LENGTH = 624;
const SHIFT = 397;

/** numpy.random.RandomState, of which only `normal` is needed. */
export class NumpyRandom {
  private readonly state: Uint32Array = new Uint32Array(STATE_LENGTH);
  private position: number = STATE_LENGTH;
  private spare: number | undefined;

  /** @param seed 0 to 2^32 − 1 */
  constructor(seed: number) {
    let value = seed >>> 0;
    for (let i = 0; i < STATE_LENGTH; i++) {
      this.state[i] = value;
      value = (Math.imul(1812433253, value ^ (value >>> 30)) + i + 1) >>> 0;
    }
  }

  /** The next value of a normal distribution with mean 0. */
  normal(standardDeviation: number): number {
    return standardDeviation * this.gauss();
  }

  private gauss(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * this.double() - 1;
      const y = 2 * this.double() - 1;
      const r = x * x + y * y;
      if (r >= 1 || r === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r)) / r);
      this.spare = factor * x;
      return factor * y;
    }
  }

  /** The next value of a uniform distribution in [0, 1), with 53 bits. */
  private double(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  private word(): number {
    if (this.position === STATE_LENGTH) this.refill();
    let y = this.state[this.position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private refill(): void {
    const { state } = this;
    for (let i = 0; i < STATE_LENGTH; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % STATE_LENGTH]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE_LENGTH]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}
