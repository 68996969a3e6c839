import type { Command } from "commander";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { localCall } from "../../domain/identity.ts";
import type { QuotaChange, Standing } from "../../services/quotas.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson, widthOf } from "./io.ts";
import { tableOf } from "./result-table.ts";

const MIB = 1024 * 1024;

/** `tenant quotas` and `tenant set-quota`: for the operator at the machine, who needs no credential. */
export function addQuotaCommands(program: Command, host: CommandHost): void {
  const group = program.commands.find((command) => command.name() === "tenant") ?? program.command("tenant");
  onRun(
    group
      .command("quotas")
      .summary("Show what every tenant has and may have (operator)")
      .description(
        "Shows prompts, versions, storage (MiB), members and webhooks of every tenant of the library, and how many each may have.",
      )
      .addHelpText("after", "\nExample:\n  $ promptforge tenant quotas --json"),
    host,
    async ({ io, json, config }) => {
      const all = await withApp(config, ({ services }) => services.quotas.all());
      print({ io, json }, all.map(viewOf));
      return 0;
    },
  );
  onRun(
    group
      .command("set-quota")
      .summary("Say what one tenant may have (operator)")
      .description(
        "Says what one tenant may have. What is not named stays as it is; `default` is what the server's settings say for all, " +
          "0 as much as it likes. What the tenant has already stays.",
      )
      .argument("<tenant>", "Id of the tenant, or its name")
      .option("--prompts <count>", "Prompts, archived ones included")
      .option("--versions <count>", "Versions of all prompts")
      .option("--storage-mb <MiB>", "Text of all versions")
      .option("--members <count>", "Members")
      .option("--webhooks <count>", "Webhooks")
      .addHelpText(
        "after",
        "\nExamples:\n  $ promptforge tenant set-quota 'Support team' --prompts 5000 --storage-mb 512\n" +
          "  $ promptforge tenant set-quota 'Support team' --prompts default",
      ),
    host,
    setQuota,
  );
}

const amount = z.union([
  z.literal("default").transform(() => null),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);
const optionsSchema = z.object({
  prompts: amount.optional(),
  versions: amount.optional(),
  storageMb: amount.optional(),
  members: amount.optional(),
  webhooks: amount.optional(),
});

async function setQuota({ io, json, config, args, options }: Invocation): Promise<number> {
  const change = changeOf(options);
  const tenant = z.string().parse(args[0]);
  const changed = await withApp(config, ({ services }) =>
    services.quotas.set(tenant, change, localCall("set_quota")),
  );
  print({ io, json }, [viewOf(changed)]);
  return 0;
}

function changeOf(options: Invocation["options"]): QuotaChange {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    throw new AppError("invalid_input", "A quota is a whole number, or `default`.");
  }
  const { storageMb, ...counts } = parsed.data;
  const change = {
    ...counts,
    storage_bytes: typeof storageMb === "number" ? storageMb * MIB : storageMb,
  };
  if (Object.values(change).every((value) => value === undefined)) {
    throw new AppError(
      "invalid_input",
      "Say what to set: --prompts, --versions, --storage-mb, --members or --webhooks.",
    );
  }
  return change;
}

type View = ReturnType<typeof viewOf>;

function viewOf({
  tenant,
  used,
  allowed,
}: Standing & { readonly tenant: { readonly id: string; readonly name: string } }) {
  const of = (quota: keyof Standing["used"]) => ({
    used: used[quota],
    allowed: allowed[quota] === 0 ? null : allowed[quota],
  });
  return {
    id: tenant.id,
    name: tenant.name,
    prompts: of("prompts"),
    versions: of("versions"),
    storage_bytes: of("storage_bytes"),
    members: of("members"),
    webhooks: of("webhooks"),
  };
}

function print({ io, json }: Pick<Invocation, "io" | "json">, items: readonly View[]): void {
  if (json) {
    printJson(io, { items });
    return;
  }
  const rows = items.map(({ id, name, prompts, versions, storage_bytes, members, webhooks }) => ({
    id,
    name,
    prompts: share(prompts),
    versions: share(versions),
    storage_mib: share({
      used: Math.ceil(storage_bytes.used / MIB),
      allowed: storage_bytes.allowed === null ? null : Math.round(storage_bytes.allowed / MIB),
    }),
    members: share(members),
    webhooks: share(webhooks),
  }));
  io.stdout.write(`${tableOf(rows, widthOf(io.stdout))}\n`);
}

function share({ used, allowed }: View["prompts"]): string {
  return allowed === null ? String(used) : `${used} of ${allowed}`;
}
