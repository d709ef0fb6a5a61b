import type { Random } from "../random.js";

/** Pixels along each edge of the field. */
export const fieldSize = 84;
export const paddleHeight = 12;
export const ballSize = 4;
/** Pixels a step. */
const paddleSpeed = 6;
const ballSpeed = 8;
/** How much of its speed across the ball gets by chance when it is hit. */
const spin = 0.3;
/** Where the ball's centre is when it touches the paddle of each side. */
const reach = [10, fieldSize - 10] as const;

/** 0 is left, 1 is right. */
export type Side = 0 | 1;

export const actions = { stay: 0, up: 1, down: 2 } as const;
export const actionCount = 3;

/** The ball came to a side, which hit it or missed it. */
export interface Contact {
  readonly side: Side;
  readonly isHit: boolean;
}

/**
 * Two paddles and a ball. The ball goes off a paddle by where it met it, and by a little chance; walls above and below
 * reflect it. After a miss it is served from the middle.
 */
export class Pong {
  /** The middle of each paddle. */
  readonly paddles: [left: number, right: number] = [fieldSize / 2, fieldSize / 2];
  ballX = 0;
  ballY = 0;
  #dx = 0;
  #dy = 0;

  constructor(private readonly random: Random) {
    this.#serve();
  }

  /** Moves everything by one step. */
  step(left: number, right: number): Contact | undefined {
    this.#move(0, left);
    this.#move(1, right);
    this.ballX += this.#dx;
    this.ballY += this.#dy;
    const [top, bottom] = [ballSize / 2, fieldSize - ballSize / 2];
    if (this.ballY < top || this.ballY > bottom) {
      this.ballY = 2 * (this.ballY < top ? top : bottom) - this.ballY;
      this.#dy = -this.#dy;
    }
    const side = this.#dx < 0 ? 0 : 1;
    const isThere = side === 0 ? this.ballX <= reach[0] : this.ballX >= reach[1];
    return isThere ? this.#meet(side) : undefined;
  }

  #meet(side: Side): Contact {
    const offset = (2 * (this.ballY - this.paddles[side])) / (paddleHeight + ballSize);
    const isHit = Math.abs(offset) <= 1;
    if (isHit) {
      this.ballX = reach[side];
      this.#dx = -this.#dx;
      this.#dy = between(-ballSpeed, ballSpeed * (offset + spin * (2 * this.random() - 1)), ballSpeed);
    } else {
      this.#serve();
    }
    return { side, isHit };
  }

  #move(side: Side, action: number): void {
    const by = action === actions.up ? -paddleSpeed : action === actions.down ? paddleSpeed : 0;
    const half = paddleHeight / 2;
    this.paddles[side] = between(half, this.paddles[side] + by, fieldSize - half);
  }

  #serve(): void {
    this.ballX = fieldSize / 2;
    this.ballY = ballSize / 2 + this.random() * (fieldSize - ballSize);
    this.#dx = this.random() < 0.5 ? -ballSpeed : ballSpeed;
    this.#dy = (2 * this.random() - 1) * ballSpeed;
  }
}

/** A player that learns nothing, and so is the measure of others: it goes where the ball is. */
export function follow({ paddles, ballY }: Pong, side: Side): number {
  const distance = ballY - paddles[side];
  if (Math.abs(distance) < paddleSpeed / 2) return actions.stay;
  return distance < 0 ? actions.up : actions.down;
}

function between(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
