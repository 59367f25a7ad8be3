import type { ChosenLimits, Quota } from './limits.js';

type PerTurn = 'messagesPerTurn' | 'bytesPerTurn' | 'logBytesPerTurn';

/** What a guest has used of its quotas in the present turn, and how often it was refused more. */
export class Usage {
  readonly refused: Partial<Record<Quota, number>> = {};
  readonly #limits: ChosenLimits;
  readonly #turn: () => number;
  #counted = -1;
  #used: Record<PerTurn, number> = { messagesPerTurn: 0, bytesPerTurn: 0, logBytesPerTurn: 0 };

  /** `turn` is the number of the manager's present turn. */
  constructor(limits: ChosenLimits, turn: () => number) {
    this.#limits = limits;
    this.#turn = turn;
  }

  /** What is left of a quota in this turn. */
  left(quota: PerTurn): number {
    const turn = this.#turn();
    if (turn !== this.#counted) {
      this.#counted = turn;
      this.#used = { messagesPerTurn: 0, bytesPerTurn: 0, logBytesPerTurn: 0 };
    }
    return this.#limits[quota] - this.#used[quota];
  }

  use(quota: PerTurn, amount: number): void {
    this.#used[quota] += amount;
  }

  /** Uses an amount, or refuses all of it. */
  take(quota: PerTurn, amount: number): boolean {
    if (amount > this.left(quota)) {
      this.refuse(quota);
      return false;
    }
    this.use(quota, amount);
    return true;
  }

  refuse(quota: Quota): void {
    this.refused[quota] = (this.refused[quota] ?? 0) + 1;
  }
}
