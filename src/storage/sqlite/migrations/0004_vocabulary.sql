CREATE TABLE `vocabulary` (
	`tenant_id` text NOT NULL,
	`word` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `word`),
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE cascade
) STRICT, WITHOUT ROWID;
