import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { draw, frameBytes, look, stackBytes } from "../src/pong/frame.js";
import { actionCount, ballSize, fieldSize, follow, paddleHeight, Pong } from "../src/pong/pong.js";
import { Seat } from "../src/pong/seat.js";
import { randomOf } from "../src/random.js";

/** A game in its middle. */
const games = fc.record({ seed: fc.nat(), steps: fc.nat(200) }).map(({ seed, steps }) => {
  const random = randomOf(seed);
  const game = new Pong(random);
  for (let step = 0; step < steps; step++) game.step(...anyActions(random));
  return game;
});

function anyActions(random: () => number): [number, number] {
  return [Math.floor(random() * actionCount), Math.floor(random() * actionCount)];
}

function frameOf(game: Pong, side: 0 | 1): Uint8Array {
  const frame = new Uint8Array(frameBytes).fill(7);
  draw(game, side, frame);
  return frame;
}

describe("a frame", () => {
  it("is for one side the mirror image of what it is for the other", () => {
    fc.assert(
      fc.property(games, (game) => {
        const left = frameOf(game, 0);
        const mirrored = left.map((_, at) => left[at + fieldSize - 1 - 2 * (at % fieldSize)]!);
        expect(Buffer.compare(frameOf(game, 1), mirrored)).toBe(0);
      }),
    );
  });

  it("shows where everything is, to the pixel", () => {
    fc.assert(
      fc.property(games, (game) => {
        const seen = new Float32Array(4);
        look(frameOf(game, 0), seen, 0);
        const [x, y, own, other] = [...seen].map((value) => (value + 1) / 2) as [
          number,
          number,
          number,
          number,
        ];
        const ball = fieldSize - ballSize;
        expect(Math.abs(x * ball + ballSize / 2 - game.ballX)).toBeLessThan(0.51);
        expect(Math.abs(y * ball + ballSize / 2 - game.ballY)).toBeLessThan(0.51);
        const paddles = [own, other].map((top) => top * (fieldSize - paddleHeight) + paddleHeight / 2);
        paddles.forEach((middle, side) => expect(Math.abs(middle - game.paddles[side]!)).toBeLessThan(0.51));
      }),
    );
  });
});

describe("the game", () => {
  it("lets who is where the ball comes hit it, and who is not miss it", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const game = new Pong(randomOf(seed));
        for (let step = 0; step < 500; step++) {
          const contact = game.step(follow(game, 0), step % actionCount);
          expect(game.ballY).toBeGreaterThanOrEqual(0);
          expect(game.ballY).toBeLessThanOrEqual(fieldSize);
          if (!contact) continue;
          const distance = Math.abs(game.ballY - game.paddles[contact.side]);
          if (contact.isHit) expect(distance).toBeLessThanOrEqual((paddleHeight + ballSize) / 2);
          // Whoever missed sees the ball in the middle again.
          expect(game.ballX === fieldSize / 2).toBe(!contact.isHit);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is the same for the same seed", () => {
    const end = () => {
      const random = randomOf(5, 2);
      const game = new Pong(random);
      for (let step = 0; step < 1_000; step++) game.step(...anyActions(random));
      return [game.ballX, game.ballY, ...game.paddles];
    };
    expect(end()).toEqual(end());
  });
});

describe("an observation", () => {
  it("is the four newest frames, also when a ball was hit; a new rally begins with the first", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const game = new Pong(randomOf(seed));
        const seat = new Seat(game, 0);
        let frames = Array<Uint8Array>(4).fill(frameOf(game, 0));
        const expected = [frames];
        for (let step = 0; step < 300; step++) {
          const contact = game.step(follow(game, 0), follow(game, 1));
          const isOver = contact?.isHit === false;
          frames = isOver
            ? Array<Uint8Array>(4).fill(frameOf(game, 0))
            : [...frames.slice(1), frameOf(game, 0)];
          if (isOver) seat.begin();
          else if (contact?.side === 0) seat.goOn();
          else seat.advance();
          if (isOver || contact?.side === 0) expected.length = 0;
          expected.push(frames);
          expect(seat.steps).toBe(expected.length);
        }
        expected.forEach((stack, step) => {
          expect(seat.observation(step)).toHaveLength(stackBytes);
          expect(Buffer.compare(seat.observation(step), Buffer.concat(stack))).toBe(0);
        });
      }),
      { numRuns: 20 },
    );
  });
});
