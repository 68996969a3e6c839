-- The full-text index over the latest versions of prompts that are not archived; rowid is prompts.seq.
-- Contentless: the texts are kept once, in their own tables. `tenant` is one token (the tenant's id without
-- its dashes) so that a search is cut down to its tenant inside the posting lists, not after.
CREATE VIRTUAL TABLE `prompt_words` USING fts5(
	tenant, name, title, tags, description, content,
	content = '', contentless_delete = 1,
	tokenize = 'unicode61 remove_diacritics 2',
	prefix = '2 3'
);
