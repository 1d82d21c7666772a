package dev.oriel.app;

import java.nio.file.Path;

/// A model as it is named on the command line: a file, a folder, or `hf:OWNER/REPO[:QUANT]` for one on the hub. No class that talks to the hub is loaded for a file.
record ModelName(String text) {
    static final String ON_THE_HUB = "hf:";

    boolean isOnTheHub() { return text.startsWith(ON_THE_HUB); }

    /// The file or folder to open; what is not here yet is pulled.
    Path path(Streams streams) { return isOnTheHub() ? Pull.pulled(text, streams) : Path.of(text); }

    /// In titles.
    String shortName() { return isOnTheHub() ? text : String.valueOf(Path.of(text).getFileName()); }

    @Override
    public String toString() { return text; }
}
