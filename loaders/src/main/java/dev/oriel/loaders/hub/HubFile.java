package dev.oriel.loaders.hub;

/// A file of a repository, as far as the hub has told of it.
///
/// @param path in the repository
/// @param size in bytes, or -1 where that is not known
/// @param etag the name of its content: SHA-256 of a large (LFS) file, git's SHA-1 of a small one; null where it is not known
record HubFile(String path, long size, String etag) {
    static HubFile named(String path) { return new HubFile(path, -1, null); }

    boolean known() { return size >= 0 && etag != null; }
}
