package dev.oriel.loaders.hub;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The files of a repository at one commit.
record Listing(String commit, Map<String, HubFile> files) {
    Listing {
        files = new TreeMap<>(files);
    }

    List<String> paths() { return List.copyOf(files.keySet()); }
}
