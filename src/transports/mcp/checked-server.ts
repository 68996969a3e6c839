import {
  type Implementation,
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  Server,
  type ServerContext,
  type ServerOptions,
} from "@modelcontextprotocol/server";

export interface ServerChecks {
  /** Is awaited when a request was handled, well or not, before it is answered; what it throws is the answer. */
  readonly beforeAnswer?: (() => Promise<void>) | undefined;
}

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

/**
 * The SDK's server, which says "internal error" of parameters that do not fit their method; what the client can mend is
 * "invalid params" [JSON-RPC 2.0, section 5.1].
 */
export class CheckedServer extends Server {
  readonly #beforeAnswer: ServerChecks["beforeAnswer"];

  constructor(info: Implementation, options: ServerOptions, { beforeAnswer }: ServerChecks) {
    super(info, options);
    this.#beforeAnswer = beforeAnswer;
  }

  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const handle = super._wrapHandler(method, (request, context) => {
      try {
        return handler(request, context);
      } catch (error) {
        // Handlers are asynchronous: what is thrown before there is a promise is what the SDK finds in the parameters.
        if (error instanceof ProtocolError) throw error;
        const reason = error instanceof Error ? error.message : "";
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid params for ${method}: ${reason}`);
      }
    });
    return async (request, context) => {
      try {
        return await handle(request, context);
      } finally {
        await this.#beforeAnswer?.();
      }
    };
  }
}
