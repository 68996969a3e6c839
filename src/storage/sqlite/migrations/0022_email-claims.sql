CREATE TABLE `email_claims` (
	`user_id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`secret_hash` text,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `email_claims_secret_hash` ON `email_claims` (`secret_hash`);