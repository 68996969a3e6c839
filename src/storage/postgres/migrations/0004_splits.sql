CREATE TABLE "splits" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"spans" text COLLATE "C" NOT NULL,
	CONSTRAINT "splits_tenant_id_prompt_id_pk" PRIMARY KEY("tenant_id","prompt_id")
);
--> statement-breakpoint
DROP INDEX "prompts_live";--> statement-breakpoint
ALTER TABLE "splits" ADD CONSTRAINT "splits_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "prompts_live_by_seq" ON "prompts" USING btree ("seq","tenant_id","id") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "prompts_live" ON "prompts" USING btree ("tenant_id","id","seq") WHERE archived_at is null;--> statement-breakpoint
ALTER TABLE "splits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "splits" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY of_tenant ON "splits" USING (tenant_id = scope_tenant() OR scope_is_directory());
