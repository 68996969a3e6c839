CREATE TABLE `tenant_quotas` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`prompts` integer,
	`versions` integer,
	`storage_bytes` integer,
	`members` integer,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
CREATE TABLE `tenant_usage` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`prompts` integer DEFAULT 0 NOT NULL,
	`versions` integer DEFAULT 0 NOT NULL,
	`storage_bytes` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT;
--> statement-breakpoint
INSERT INTO `tenant_usage` (`tenant_id`, `prompts`, `versions`, `storage_bytes`)
SELECT `id`,
	(SELECT count(*) FROM `prompts` WHERE `tenant_id` = `tenants`.`id`),
	(SELECT count(*) FROM `versions` WHERE `tenant_id` = `tenants`.`id`),
	(SELECT coalesce(sum(octet_length(`content`) + octet_length(`title`) + octet_length(`description`) + octet_length(`change_note`) + octet_length(`tags`) + octet_length(`arguments`)), 0)
		FROM `versions` WHERE `tenant_id` = `tenants`.`id`)
FROM `tenants`;
--> statement-breakpoint
CREATE TRIGGER `prompts_are_counted` AFTER INSERT ON `prompts`
BEGIN
	INSERT INTO `tenant_usage` (`tenant_id`, `prompts`) VALUES (new.`tenant_id`, 1)
	ON CONFLICT (`tenant_id`) DO UPDATE SET `prompts` = `prompts` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `prompts_are_counted_off` AFTER DELETE ON `prompts`
BEGIN
	UPDATE `tenant_usage` SET `prompts` = `prompts` - 1 WHERE `tenant_id` = old.`tenant_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `versions_are_counted` AFTER INSERT ON `versions`
BEGIN
	INSERT INTO `tenant_usage` (`tenant_id`, `versions`, `storage_bytes`)
	VALUES (new.`tenant_id`, 1, octet_length(new.`content`) + octet_length(new.`title`) + octet_length(new.`description`) + octet_length(new.`change_note`) + octet_length(new.`tags`) + octet_length(new.`arguments`))
	ON CONFLICT (`tenant_id`) DO UPDATE SET `versions` = `versions` + 1, `storage_bytes` = `storage_bytes` + excluded.`storage_bytes`;
END;
--> statement-breakpoint
CREATE TRIGGER `versions_are_counted_off` AFTER DELETE ON `versions`
BEGIN
	UPDATE `tenant_usage`
	SET `versions` = `versions` - 1,
		`storage_bytes` = `storage_bytes` - (octet_length(old.`content`) + octet_length(old.`title`) + octet_length(old.`description`) + octet_length(old.`change_note`) + octet_length(old.`tags`) + octet_length(old.`arguments`))
	WHERE `tenant_id` = old.`tenant_id`;
END;
