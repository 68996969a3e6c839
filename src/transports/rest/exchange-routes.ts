import express, { type Request, type RequestHandler } from "express";
import { AppError } from "../../domain/errors.ts";
import { packZip, unpackZip } from "../../exchange/archive.ts";
import type { FileText } from "../../exchange/formats/format.ts";
import { WRITERS } from "../../exchange/formats/registry.ts";
import { joinLosses, type LossReport } from "../../exchange/losses.ts";
import { exportPrompts } from "../../operations/export-prompts.ts";
import { importPrompts } from "../../operations/import-prompts.ts";
import { authorise, type Call } from "../../operations/run-operation.ts";
import { fromText } from "../text-input.ts";
import { bearerCredential } from "./credentials.ts";
import type { EndpointDependencies } from "./endpoint-routes.ts";
import { readBytes } from "./json-body.ts";
import { StatusError } from "./problem.ts";
import { protectedResourceOf } from "./protected-resource.ts";
import { queryOf } from "./query.ts";
import { tellAllowance } from "./rate-limit-headers.ts";
import { requestIdOf } from "./request-id.ts";

/** 64 MiB of texts: what a download is put together from in memory. */
const MAX_DOWNLOAD_CHARACTERS = 64 * 1024 * 1024;

/**
 * `export_prompts` as one download: the file, or a zip archive of the files. All of it is there before the first byte is
 * sent, so that an error is an error, and the losses are known. The whole of it counts as one call.
 */
export function downloadRoute(deps: EndpointDependencies): RequestHandler {
  return async (req, res) => {
    const { address, ...call } = callOf(deps, req, res);
    // The pages are ours to size: one of a single version, asked for by the caller, would make thousands of calls that count as one.
    const { limit: _limit, cursor: _cursor, ...query } = fromText(exportPrompts.input, queryOf(req));
    const files = new Map<string, string[]>();
    let losses: readonly LossReport[] = [];
    let characters = 0;
    let page = exportPrompts.output.parse(await deps.run(exportPrompts, query, { ...call, address }));
    for (;;) {
      for (const { path, text } of page.files) {
        const parts = files.get(path);
        if (parts === undefined) files.set(path, [text]);
        else parts.push(text);
        characters += text.length;
      }
      losses = joinLosses(losses, page.losses);
      if (characters > MAX_DOWNLOAD_CHARACTERS) throw tooLarge();
      if (page.next_cursor === null) break;
      const next = { ...query, cursor: page.next_cursor };
      page = exportPrompts.output.parse(await deps.run(exportPrompts, next, call));
    }
    const whole = [...files].map(([path, parts]) => ({ path, text: parts.join("") }));
    const { name, type, body } = await downloadOf(page.format, whole);
    res.set({
      "Content-Type": type,
      "Content-Disposition": `attachment; filename="${name}"`,
      "Cache-Control": "no-store",
      ...(losses.length > 0 && {
        "Export-Losses": losses.map(({ kind, count }) => `${kind}=${count}`).join(", "),
      }),
    });
    res.send(body);
  };
}

async function downloadOf(format: keyof typeof WRITERS, files: readonly FileText[]) {
  const { layout, mediaType } = WRITERS[format];
  const [only] = files;
  if (layout === "file") {
    const name = only?.path ?? "prompts";
    return { name, type: `${mediaType}; charset=utf-8`, body: Buffer.from(only?.text ?? "") };
  }
  return { name: "prompts.zip", type: ZIP, body: await packZip(files) };
}

const ZIP = "application/zip";
const readArchive = express.raw({ limit: 16 * 1024 * 1024, type: () => true });

/** `import_prompts` of a zip archive, 16 MiB at most; its choices stand in the query. */
export function archiveRoute(deps: EndpointDependencies): RequestHandler {
  return async (req, res) => {
    const call = callOf(deps, req, res);
    // What somebody sends who may not, is not read.
    const caller = await call.authenticate();
    authorise(importPrompts, caller);
    await deps.callLimits.expect("import", caller, call.onAllowance);
    if (!req.is(ZIP)) {
      throw new StatusError(
        415,
        "invalid_input",
        "The body has to be a zip archive: send it with Content-Type: application/zip.",
      );
    }
    const { files, problems } = await unpackZip(await readBytes(req, res, readArchive));
    const choices = fromText(importPrompts.input.omit({ files: true }), queryOf(req));
    if (files.length === 0) throw new AppError("invalid_input", "The archive has no file that can be read.");
    const answer = await deps.run(importPrompts, { ...choices, files }, call);
    const report = importPrompts.output.parse(answer);
    const unread = problems.map(({ path, message }) => ({
      ...{ path, line: null, name: null, outcome: "failed", version: null, message },
      ...{ notes: [], not_taken: [], advice: [] },
    }));
    res.set("Cache-Control", "no-store");
    res.json({ ...report, failed: report.failed + unread.length, items: [...report.items, ...unread] });
  };
}

function callOf(
  { authenticate }: EndpointDependencies,
  req: Request,
  res: Parameters<RequestHandler>[1],
): Call {
  const credential = bearerCredential(req);
  return {
    authenticate: () => authenticate(credential, protectedResourceOf(res)),
    requestId: requestIdOf(res),
    address: req.ip,
    onAllowance: tellAllowance(res),
  };
}

function tooLarge(): AppError {
  return new AppError(
    "too_large",
    "The export is larger than 64 MiB. Narrow it by prefix or tag, or read it page by page from /v1/export.",
    { limit: MAX_DOWNLOAD_CHARACTERS },
  );
}
