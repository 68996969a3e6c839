CREATE TABLE "api_keys" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"made_by" text COLLATE "C",
	"name" text COLLATE "C" NOT NULL,
	"secret_hash" text COLLATE "C" NOT NULL,
	"prefix" text COLLATE "C" NOT NULL,
	"ceiling" text COLLATE "C" NOT NULL,
	"scopes" text COLLATE "C",
	"agent" bigint DEFAULT 0 NOT NULL,
	"retiring_hash" text COLLATE "C",
	"retiring_until" bigint,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"last_used_at" bigint,
	"revoked_at" bigint,
	CONSTRAINT "api_keys_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"tenant_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL,
	"hash" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"number" bigint NOT NULL,
	"at" bigint NOT NULL,
	"operation" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C",
	"key_id" text COLLATE "C",
	"target_kind" text COLLATE "C" NOT NULL,
	"target_id" text COLLATE "C" NOT NULL,
	"target_name" text COLLATE "C",
	"details" text COLLATE "C" NOT NULL,
	"request_id" text COLLATE "C" NOT NULL,
	"previous_hash" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	CONSTRAINT "audit_log_tenant_id_number_pk" PRIMARY KEY("tenant_id","number")
);
--> statement-breakpoint
CREATE TABLE "client_grants" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"client_id" text COLLATE "C",
	"client_name" text COLLATE "C",
	"scopes" text COLLATE "C",
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "client_grants_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "departures" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "departures_tenant_id_user_id_pk" PRIMARY KEY("tenant_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "email_claims" (
	"user_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"email" text COLLATE "C" NOT NULL,
	"secret_hash" text COLLATE "C",
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "favourites" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"pinned_at" bigint NOT NULL,
	CONSTRAINT "favourites_tenant_id_user_id_prompt_id_pk" PRIMARY KEY("tenant_id","user_id","prompt_id")
);
--> statement-breakpoint
CREATE TABLE "includes" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"target" text COLLATE "C" NOT NULL,
	"at" text COLLATE "C" NOT NULL,
	CONSTRAINT "includes_tenant_id_prompt_id_version_target_at_pk" PRIMARY KEY("tenant_id","prompt_id","version","target","at")
);
--> statement-breakpoint
CREATE TABLE "index_holders" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"fingerprint" text COLLATE "C" NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "index_state" (
	"id" bigint PRIMARY KEY NOT NULL,
	"fingerprint" text COLLATE "C" NOT NULL,
	"phase" text COLLATE "C" NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	"cleared_by" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"email" text COLLATE "C",
	"inviter_id" text COLLATE "C" NOT NULL,
	"key_id" text COLLATE "C",
	"secret_hash" text COLLATE "C" NOT NULL,
	"mailed" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"accepted_at" bigint,
	"accepted_by" text COLLATE "C",
	"revoked_at" bigint,
	CONSTRAINT "invitations_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "label_moves" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"label" text COLLATE "C" NOT NULL,
	"number" bigint NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"from_version" bigint,
	"to_version" bigint,
	"previous" bigint,
	"reason" text COLLATE "C" NOT NULL,
	"moved_by" text COLLATE "C" NOT NULL,
	"moved_at" bigint NOT NULL,
	CONSTRAINT "label_moves_tenant_id_prompt_id_label_number_pk" PRIMARY KEY("tenant_id","prompt_id","label","number")
);
--> statement-breakpoint
CREATE TABLE "labels" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"label" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"move" bigint NOT NULL,
	"updated_by" text COLLATE "C" NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "labels_tenant_id_prompt_id_label_pk" PRIMARY KEY("tenant_id","prompt_id","label")
);
--> statement-breakpoint
CREATE TABLE "library" (
	"id" bigint PRIMARY KEY NOT NULL,
	"library_id" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mails" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"tenant_id" text COLLATE "C",
	"about" text COLLATE "C" NOT NULL,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"due_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"last_error" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"role" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"search_history" bigint DEFAULT 1 NOT NULL,
	"rowid" bigint GENERATED ALWAYS AS IDENTITY (sequence name "memberships_rowid_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "memberships_tenant_id_user_id_pk" PRIMARY KEY("tenant_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "oauth_records" (
	"kind" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"payload" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C",
	"client_id" text COLLATE "C",
	"grant_id" text COLLATE "C",
	"uid" text COLLATE "C",
	"consumed_at" bigint,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "oauth_records_kind_id_pk" PRIMARY KEY("kind","id")
);
--> statement-breakpoint
CREATE TABLE "once_calls" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"key_hash" text COLLATE "C" NOT NULL,
	"attempt" text COLLATE "C" NOT NULL,
	"fingerprint" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"started_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"target" text COLLATE "C",
	"answer" text COLLATE "C",
	CONSTRAINT "once_calls_tenant_id_user_id_key_hash_pk" PRIMARY KEY("tenant_id","user_id","key_hash")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"stage" text COLLATE "C" NOT NULL,
	"generation" bigint NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"attempts" bigint NOT NULL,
	"due_at" bigint NOT NULL,
	"last_error" text COLLATE "C",
	"enqueued_at" bigint NOT NULL,
	"rowid" bigint GENERATED ALWAYS AS IDENTITY (sequence name "outbox_rowid_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "outbox_tenant_id_prompt_id_pk" PRIMARY KEY("tenant_id","prompt_id")
);
--> statement-breakpoint
CREATE TABLE "password_resets" (
	"user_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"secret_hash" text COLLATE "C" NOT NULL,
	"expires_at" bigint NOT NULL,
	"mailed" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prompt_redirects" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "prompt_redirects_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "prompt_tags" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"tag" text COLLATE "C" NOT NULL,
	CONSTRAINT "prompt_tags_tenant_id_prompt_id_tag_pk" PRIMARY KEY("tenant_id","prompt_id","tag")
);
--> statement-breakpoint
CREATE TABLE "prompt_uses" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"day" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"label" text COLLATE "C" NOT NULL,
	"renders" bigint NOT NULL,
	"reads" bigint NOT NULL,
	CONSTRAINT "prompt_uses_tenant_id_prompt_id_day_version_label_pk" PRIMARY KEY("tenant_id","prompt_id","day","version","label")
);
--> statement-breakpoint
CREATE TABLE "prompts" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"title" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C" NOT NULL,
	"tags" text COLLATE "C" NOT NULL,
	"arguments" text COLLATE "C" NOT NULL,
	"latest_version" bigint NOT NULL,
	"author_id" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"archived_at" bigint,
	"index_generation" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "prompts_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "review_decisions" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"number" bigint NOT NULL,
	"decision" text COLLATE "C" NOT NULL,
	"comment" text COLLATE "C" NOT NULL,
	"reviewer" text COLLATE "C" NOT NULL,
	"decided_at" bigint NOT NULL,
	CONSTRAINT "review_decisions_tenant_id_prompt_id_version_number_pk" PRIMARY KEY("tenant_id","prompt_id","version","number")
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"version" bigint NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"note" text COLLATE "C" NOT NULL,
	"submitted_by" text COLLATE "C" NOT NULL,
	"submitted_at" bigint NOT NULL,
	CONSTRAINT "reviews_tenant_id_prompt_id_version_pk" PRIMARY KEY("tenant_id","prompt_id","version")
);
--> statement-breakpoint
CREATE TABLE "search_history" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	"query" text COLLATE "C" NOT NULL,
	"filters" text COLLATE "C" NOT NULL,
	"hits" bigint NOT NULL,
	"top" text COLLATE "C" NOT NULL,
	"opened" text COLLATE "C" NOT NULL,
	CONSTRAINT "search_history_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"family_hash" text COLLATE "C",
	"refresh_hash" text COLLATE "C",
	"address" text COLLATE "C",
	"created_at" bigint NOT NULL,
	"last_used_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "sessions_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "tenant_quotas" (
	"tenant_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"prompts" bigint,
	"versions" bigint,
	"storage_bytes" bigint,
	"members" bigint,
	"webhooks" bigint
);
--> statement-breakpoint
CREATE TABLE "tenant_usage" (
	"tenant_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"prompts" bigint DEFAULT 0 NOT NULL,
	"versions" bigint DEFAULT 0 NOT NULL,
	"storage_bytes" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"ends_at" bigint,
	"protected_labels" text COLLATE "C" DEFAULT '["production"]' NOT NULL,
	"approvals" bigint DEFAULT 1 NOT NULL,
	"protected_need_approval" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_identities" (
	"issuer" text COLLATE "C" NOT NULL,
	"subject" text COLLATE "C" NOT NULL,
	"user_id" text COLLATE "C" NOT NULL,
	"heard_at" bigint NOT NULL,
	CONSTRAINT "user_identities_issuer_subject_pk" PRIMARY KEY("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"username" text COLLATE "C" NOT NULL,
	"password_hash" text COLLATE "C" NOT NULL,
	"email" text COLLATE "C",
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "versions" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"prompt_id" text COLLATE "C" NOT NULL,
	"number" bigint NOT NULL,
	"title" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C" NOT NULL,
	"tags" text COLLATE "C" NOT NULL,
	"content" text COLLATE "C" NOT NULL,
	"arguments" text COLLATE "C" NOT NULL,
	"messages" text COLLATE "C",
	"input_schema" text COLLATE "C",
	"config" text COLLATE "C",
	"content_hash" text COLLATE "C" NOT NULL,
	"author_id" text COLLATE "C" NOT NULL,
	"change_note" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "versions_tenant_id_prompt_id_number_pk" PRIMARY KEY("tenant_id","prompt_id","number")
);
--> statement-breakpoint
CREATE TABLE "vocabulary" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"word" text COLLATE "C" NOT NULL,
	CONSTRAINT "vocabulary_tenant_id_word_pk" PRIMARY KEY("tenant_id","word")
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"webhook_id" text COLLATE "C" NOT NULL,
	"event_id" text COLLATE "C" NOT NULL,
	"type" text COLLATE "C" NOT NULL,
	"happened_at" bigint NOT NULL,
	"actor_id" text COLLATE "C",
	"facts" text COLLATE "C" NOT NULL,
	"state" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"due_at" bigint,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"attempted_at" bigint,
	"milliseconds" bigint,
	"status" bigint,
	"failure" text COLLATE "C",
	"answer" text COLLATE "C",
	"rowid" bigint GENERATED ALWAYS AS IDENTITY (sequence name "webhook_deliveries_rowid_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "webhook_deliveries_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"tenant_id" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"url" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C" NOT NULL,
	"events" text COLLATE "C",
	"label" text COLLATE "C",
	"folder" text COLLATE "C",
	"secret" text COLLATE "C" NOT NULL,
	"retiring_secret" text COLLATE "C",
	"retiring_until" bigint,
	"created_by" text COLLATE "C" NOT NULL,
	"key_id" text COLLATE "C",
	"created_at" bigint NOT NULL,
	"off_at" bigint,
	"off_reason" text COLLATE "C",
	"failures" bigint DEFAULT 0 NOT NULL,
	"failing_since" bigint,
	"due_at" bigint,
	"busy_until" bigint,
	CONSTRAINT "webhooks_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_user_id_memberships_tenant_id_user_id_fk" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."memberships"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_made_by_api_keys_tenant_id_id_fk" FOREIGN KEY ("tenant_id","made_by") REFERENCES "public"."api_keys"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_heads" ADD CONSTRAINT "audit_heads_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_grants" ADD CONSTRAINT "client_grants_tenant_id_user_id_memberships_tenant_id_user_id_fk" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."memberships"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "departures" ADD CONSTRAINT "departures_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "departures" ADD CONSTRAINT "departures_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "email_claims" ADD CONSTRAINT "email_claims_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "favourites" ADD CONSTRAINT "favourites_tenant_id_user_id_memberships_tenant_id_user_id_fk" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."memberships"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "favourites" ADD CONSTRAINT "favourites_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "includes" ADD CONSTRAINT "includes_tenant_id_prompt_id_version_versions_tenant_id_prompt_id_number_fk" FOREIGN KEY ("tenant_id","prompt_id","version") REFERENCES "public"."versions"("tenant_id","prompt_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_inviter_id_users_id_fk" FOREIGN KEY ("inviter_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_accepted_by_users_id_fk" FOREIGN KEY ("accepted_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "label_moves" ADD CONSTRAINT "label_moves_moved_by_users_id_fk" FOREIGN KEY ("moved_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "label_moves" ADD CONSTRAINT "label_moves_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labels" ADD CONSTRAINT "labels_updated_by_users_id_fk" FOREIGN KEY ("updated_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labels" ADD CONSTRAINT "labels_tenant_id_prompt_id_version_versions_tenant_id_prompt_id_number_fk" FOREIGN KEY ("tenant_id","prompt_id","version") REFERENCES "public"."versions"("tenant_id","prompt_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_records" ADD CONSTRAINT "oauth_records_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "once_calls" ADD CONSTRAINT "once_calls_tenant_id_user_id_memberships_tenant_id_user_id_fk" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."memberships"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "password_resets" ADD CONSTRAINT "password_resets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompt_redirects" ADD CONSTRAINT "prompt_redirects_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompt_tags" ADD CONSTRAINT "prompt_tags_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompt_uses" ADD CONSTRAINT "prompt_uses_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompts" ADD CONSTRAINT "prompts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "prompts" ADD CONSTRAINT "prompts_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_decisions" ADD CONSTRAINT "review_decisions_reviewer_users_id_fk" FOREIGN KEY ("reviewer") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_decisions" ADD CONSTRAINT "review_decisions_tenant_id_prompt_id_version_reviews_tenant_id_prompt_id_version_fk" FOREIGN KEY ("tenant_id","prompt_id","version") REFERENCES "public"."reviews"("tenant_id","prompt_id","version") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_submitted_by_users_id_fk" FOREIGN KEY ("submitted_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_tenant_id_prompt_id_version_versions_tenant_id_prompt_id_number_fk" FOREIGN KEY ("tenant_id","prompt_id","version") REFERENCES "public"."versions"("tenant_id","prompt_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "search_history" ADD CONSTRAINT "search_history_tenant_id_user_id_memberships_tenant_id_user_id_fk" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."memberships"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_tenant_id_user_id_memberships_tenant_id_user_id_fk" FOREIGN KEY ("tenant_id","user_id") REFERENCES "public"."memberships"("tenant_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_quotas" ADD CONSTRAINT "tenant_quotas_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_usage" ADD CONSTRAINT "tenant_usage_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_tenant_id_prompt_id_prompts_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_id") REFERENCES "public"."prompts"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vocabulary" ADD CONSTRAINT "vocabulary_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_tenant_id_webhook_id_webhooks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","webhook_id") REFERENCES "public"."webhooks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_secret_hash" ON "api_keys" USING btree ("secret_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_retiring_hash" ON "api_keys" USING btree ("retiring_hash");--> statement-breakpoint
CREATE INDEX "api_keys_by_time" ON "api_keys" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "api_keys_of_user" ON "api_keys" USING btree ("tenant_id","user_id","created_at");--> statement-breakpoint
CREATE INDEX "api_keys_made_by" ON "api_keys" USING btree ("tenant_id","made_by") WHERE made_by is not null;--> statement-breakpoint
CREATE INDEX "audit_log_by_user" ON "audit_log" USING btree ("tenant_id","user_id","number");--> statement-breakpoint
CREATE INDEX "audit_log_by_target" ON "audit_log" USING btree ("tenant_id","target_id","number");--> statement-breakpoint
CREATE INDEX "audit_log_by_operation" ON "audit_log" USING btree ("tenant_id","operation","number");--> statement-breakpoint
CREATE UNIQUE INDEX "client_grants_id" ON "client_grants" USING btree ("id");--> statement-breakpoint
CREATE INDEX "client_grants_of_user" ON "client_grants" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "client_grants_by_expiry" ON "client_grants" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "departures_of_user" ON "departures" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "email_claims_secret_hash" ON "email_claims" USING btree ("secret_hash");--> statement-breakpoint
CREATE INDEX "favourites_of_prompt" ON "favourites" USING btree ("tenant_id","prompt_id");--> statement-breakpoint
CREATE INDEX "includes_by_target" ON "includes" USING btree ("tenant_id","target","prompt_id","version");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_secret_hash" ON "invitations" USING btree ("secret_hash");--> statement-breakpoint
CREATE INDEX "invitations_open" ON "invitations" USING btree ("tenant_id","created_at","id") WHERE accepted_at is null and revoked_at is null;--> statement-breakpoint
CREATE INDEX "labels_by_label" ON "labels" USING btree ("tenant_id","label","prompt_id");--> statement-breakpoint
CREATE UNIQUE INDEX "mails_about" ON "mails" USING btree ("kind","about");--> statement-breakpoint
CREATE INDEX "mails_due" ON "mails" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "memberships_of_user" ON "memberships" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "oauth_records_uid" ON "oauth_records" USING btree ("kind","uid") WHERE uid is not null;--> statement-breakpoint
CREATE INDEX "oauth_records_of_grant" ON "oauth_records" USING btree ("grant_id") WHERE grant_id is not null;--> statement-breakpoint
CREATE INDEX "oauth_records_of_user" ON "oauth_records" USING btree ("user_id") WHERE user_id is not null;--> statement-breakpoint
CREATE INDEX "oauth_records_by_expiry" ON "oauth_records" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "once_calls_by_expiry" ON "once_calls" USING btree ("tenant_id","expires_at");--> statement-breakpoint
CREATE INDEX "outbox_by_stage" ON "outbox" USING btree ("stage","enqueued_at","due_at");--> statement-breakpoint
CREATE INDEX "outbox_of_tenant" ON "outbox" USING btree ("tenant_id","stage","prompt_id");--> statement-breakpoint
CREATE UNIQUE INDEX "password_resets_secret_hash" ON "password_resets" USING btree ("secret_hash");--> statement-breakpoint
CREATE INDEX "prompt_redirects_of_prompt" ON "prompt_redirects" USING btree ("tenant_id","prompt_id","name");--> statement-breakpoint
CREATE INDEX "prompt_tags_by_tag" ON "prompt_tags" USING btree ("tenant_id","tag","prompt_id");--> statement-breakpoint
CREATE INDEX "prompt_uses_by_day" ON "prompt_uses" USING btree ("tenant_id","day","prompt_id","renders","reads");--> statement-breakpoint
CREATE UNIQUE INDEX "prompts_seq" ON "prompts" USING btree ("seq");--> statement-breakpoint
CREATE UNIQUE INDEX "prompts_name" ON "prompts" USING btree ("tenant_id","name");--> statement-breakpoint
CREATE INDEX "prompts_live" ON "prompts" USING btree ("tenant_id","id") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "prompts_archived" ON "prompts" USING btree ("tenant_id","id") WHERE archived_at is not null;--> statement-breakpoint
CREATE INDEX "prompts_by_created_at" ON "prompts" USING btree ("tenant_id","created_at","id") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "prompts_by_updated_at" ON "prompts" USING btree ("tenant_id","updated_at","id") WHERE archived_at is null;--> statement-breakpoint
CREATE INDEX "reviews_by_time" ON "reviews" USING btree ("tenant_id","submitted_at","prompt_id","version");--> statement-breakpoint
CREATE INDEX "reviews_by_status" ON "reviews" USING btree ("tenant_id","status","submitted_at","prompt_id","version");--> statement-breakpoint
CREATE INDEX "search_history_of_user" ON "search_history" USING btree ("tenant_id","user_id","at","id");--> statement-breakpoint
CREATE INDEX "search_history_by_time" ON "search_history" USING btree ("tenant_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_family" ON "sessions" USING btree ("family_hash");--> statement-breakpoint
CREATE INDEX "sessions_of_user" ON "sessions" USING btree ("user_id","last_used_at");--> statement-breakpoint
CREATE INDEX "sessions_of_member" ON "sessions" USING btree ("tenant_id","user_id");--> statement-breakpoint
CREATE INDEX "user_identities_of_user" ON "user_identities" USING btree ("user_id","issuer");--> statement-breakpoint
CREATE UNIQUE INDEX "users_username" ON "users" USING btree ("username");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_waiting" ON "webhook_deliveries" USING btree ("tenant_id","webhook_id","due_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_log" ON "webhook_deliveries" USING btree ("tenant_id","webhook_id","created_at","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_by_time" ON "webhook_deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhooks_due" ON "webhooks" USING btree ("due_at") WHERE due_at is not null and off_at is null;