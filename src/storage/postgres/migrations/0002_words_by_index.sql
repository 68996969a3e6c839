-- With a limit that it does not know beforehand, PostgreSQL takes it for cheaper to unpack the words of every prompt of all tenants,
-- where the library is small.
ALTER FUNCTION words_matching(text, text, bigint) SET enable_seqscan = off;
