CREATE TABLE products (
    ledger_id uuid   NOT NULL,
    code      text   COLLATE "C" NOT NULL,
    -- The position of its creation: the order in which products are listed.
    created   bigint NOT NULL,
    product   json   NOT NULL,
    PRIMARY KEY (ledger_id, code),
    CONSTRAINT products_created_unique UNIQUE (ledger_id, created)
);

CREATE TABLE prices (
    ledger_id uuid   NOT NULL,
    code      text   COLLATE "C" NOT NULL,
    product   text   COLLATE "C" NOT NULL,
    created   bigint NOT NULL,
    price     json   NOT NULL,
    PRIMARY KEY (ledger_id, code),
    CONSTRAINT prices_created_unique UNIQUE (ledger_id, product, created)
);

CREATE TABLE coupons (
    ledger_id uuid   NOT NULL,
    code      text   COLLATE "C" NOT NULL,
    created   bigint NOT NULL,
    discount  json   NOT NULL,
    PRIMARY KEY (ledger_id, code),
    CONSTRAINT coupons_created_unique UNIQUE (ledger_id, created)
);

-- The version of the catalog's stream, which is that of every product and coupon.
CREATE TABLE catalogs (
    ledger_id uuid   PRIMARY KEY,
    version   bigint NOT NULL
);

COMMENT ON TABLE products IS 'The products that the seller offers, as they are now. Events of the stream catalog:main tell how they came about.';
COMMENT ON COLUMN products.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN products.code IS 'code of the product; key with ledger_id';
COMMENT ON COLUMN products.created IS 'position of the event that created it';
COMMENT ON COLUMN products.product IS
'the product: name, family, tier (a higher one is an upgrade), features, limits, guests_per_seat, free, free_seats, archived';
COMMENT ON TABLE prices IS 'The prices of products. A price never changes; it can be archived, which ends new sales.';
COMMENT ON COLUMN prices.ledger_id IS 'the ledger';
COMMENT ON COLUMN prices.code IS 'code of the price; key with ledger_id';
COMMENT ON COLUMN prices.product IS 'code of its product (products.code)';
COMMENT ON COLUMN prices.created IS 'position of the event that created it';
COMMENT ON COLUMN prices.price IS
'archived, and terms: currency, interval, interval_count, scheme (per_unit, graduated, volume), unit_amount or tiers
(decimal text), tax_rate (a fraction: "0.2" is 20 %), tax_behavior, trial_days, min_seats, max_seats, proration';
COMMENT ON TABLE coupons IS 'The coupons. A coupon never changes.';
COMMENT ON COLUMN coupons.ledger_id IS 'the ledger';
COMMENT ON COLUMN coupons.code IS 'code of the coupon; key with ledger_id';
COMMENT ON COLUMN coupons.created IS 'position of the event that created it';
COMMENT ON COLUMN coupons.discount IS 'what it takes off: percent_off ("10" is 10 %) or amount_off, duration (once, periods, months, forever), periods, months';
COMMENT ON TABLE catalogs IS 'How far the catalog of each ledger has come.';
COMMENT ON COLUMN catalogs.ledger_id IS 'the ledger; key';
COMMENT ON COLUMN catalogs.version IS 'version of the stream catalog:main';
