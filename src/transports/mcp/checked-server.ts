import {
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

/**
 * The SDK's server, which says "internal error" of parameters that do not fit their method; what the client can mend is
 * "invalid params" [JSON-RPC 2.0, section 5.1].
 */
export class CheckedServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    return super._wrapHandler(method, (request, context) => {
      try {
        return handler(request, context);
      } catch (error) {
        // Handlers are asynchronous: what is thrown before there is a promise is what the SDK finds in the parameters.
        if (error instanceof ProtocolError) throw error;
        const reason = error instanceof Error ? error.message : "";
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid params for ${method}: ${reason}`);
      }
    });
  }
}
