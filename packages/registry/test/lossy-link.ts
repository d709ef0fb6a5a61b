import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A TCP forwarder that lets a request through and breaks the connection when the answer to it comes. */
export class LossyLink implements AsyncDisposable {
  /** The target's URL with this forwarder's port. */
  readonly url: string;
  /** Answers lost so far. */
  lost = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #words: string | undefined;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.url = target.href.replace(target.host, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("connection", (client) => this.#forward(client, connect(Number(target.port), target.hostname)));
  }

  static async open(target: string): Promise<LossyLink> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new LossyLink(server, new URL(target));
  }

  /** Loses the answer to the next request that has these words in it. */
  loseAnswerTo(words: string): void {
    this.#words = words;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #forward(client: Socket, target: Socket): void {
    let answerIsDoomed = false;
    const end = () => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on("data", (chunk) => {
      if (this.#words !== undefined && chunk.includes(this.#words)) {
        this.#words = undefined;
        answerIsDoomed = true;
      }
      target.write(chunk);
    });
    target.on("data", (chunk) => {
      if (!answerIsDoomed) return client.write(chunk);
      this.lost++;
      end();
      return false;
    });
  }
}
