package dev.oriel.loaders.hub;

/// One repository: what was asked for, and how to get at it here and there.
record Repository(Reference wanted, CacheFolder cache, Wire wire, HubApi api, Refusal refusal) {
    static Repository of(Reference wanted, HubSettings settings, Wire wire) {
        Refusal refusal = new Refusal(wanted, settings);
        return new Repository(wanted, new CacheFolder(wanted, settings), wire, new HubApi(wanted, wire, refusal), refusal);
    }
}
