CREATE TABLE `includes` (
	`tenant_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`version` integer NOT NULL,
	`target` text NOT NULL,
	`at` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `prompt_id`, `version`, `target`, `at`),
	FOREIGN KEY (`tenant_id`,`prompt_id`,`version`) REFERENCES `versions`(`tenant_id`,`prompt_id`,`number`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE INDEX `includes_by_target` ON `includes` (`tenant_id`,`target`,`prompt_id`,`version`);--> statement-breakpoint
ALTER TABLE `versions` ADD `messages` text;--> statement-breakpoint
ALTER TABLE `versions` ADD `input_schema` text;--> statement-breakpoint
ALTER TABLE `versions` ADD `config` text;--> statement-breakpoint
DROP TRIGGER `versions_are_counted`;--> statement-breakpoint
CREATE TRIGGER `versions_are_counted` AFTER INSERT ON `versions`
BEGIN
	INSERT INTO `tenant_usage` (`tenant_id`, `versions`, `storage_bytes`)
	VALUES (new.`tenant_id`, 1, octet_length(new.`content`) + octet_length(new.`title`) + octet_length(new.`description`) + octet_length(new.`change_note`) + octet_length(new.`tags`) + octet_length(new.`arguments`) + coalesce(octet_length(new.`messages`), 0) + coalesce(octet_length(new.`input_schema`), 0) + coalesce(octet_length(new.`config`), 0))
	ON CONFLICT (`tenant_id`) DO UPDATE SET `versions` = `versions` + 1, `storage_bytes` = `storage_bytes` + excluded.`storage_bytes`;
END;
--> statement-breakpoint
DROP TRIGGER `versions_are_counted_off`;--> statement-breakpoint
CREATE TRIGGER `versions_are_counted_off` AFTER DELETE ON `versions`
BEGIN
	UPDATE `tenant_usage`
	SET `versions` = `versions` - 1,
		`storage_bytes` = `storage_bytes` - (octet_length(old.`content`) + octet_length(old.`title`) + octet_length(old.`description`) + octet_length(old.`change_note`) + octet_length(old.`tags`) + octet_length(old.`arguments`) + coalesce(octet_length(old.`messages`), 0) + coalesce(octet_length(old.`input_schema`), 0) + coalesce(octet_length(old.`config`), 0))
	WHERE `tenant_id` = old.`tenant_id`;
END;
