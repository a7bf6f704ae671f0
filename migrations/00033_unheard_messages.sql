-- +goose Up

-- Finds the messages of gateways of which nothing became, because whoever heard them was cut off.
CREATE INDEX gateway_messages_unheard ON gateway_messages (position) WHERE result IS NULL;
