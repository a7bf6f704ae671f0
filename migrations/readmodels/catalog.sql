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
