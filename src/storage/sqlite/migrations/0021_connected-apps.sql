ALTER TABLE `client_grants` ADD `client_id` text;--> statement-breakpoint
ALTER TABLE `client_grants` ADD `client_name` text;--> statement-breakpoint
ALTER TABLE `client_grants` ADD `scopes` text;