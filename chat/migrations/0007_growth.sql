-- What is forgotten is found without reading the whole table, and whoever goes is looked up where he is referred to.
CREATE INDEX consent_identity ON consent (identity);
CREATE INDEX attachment_unsent ON attachment (at) WHERE message IS NULL;
-- In a conversation of years only these are looked at: what he has not read, what the channel gave no name yet.
CREATE INDEX message_unread ON message (conversation, seq) WHERE side = 'out' AND state IN ('sent', 'delivered');
CREATE INDEX message_on_way ON message (conversation, seq) WHERE side = 'out' AND state IN ('queued', 'sending', 'unknown');
-- The net under the logic: a message of ours stands once in the line.
CREATE UNIQUE INDEX outgoing_once ON outgoing (message) WHERE what = 'message';
