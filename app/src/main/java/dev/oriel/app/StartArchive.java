package dev.oriel.app;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The program's classes as the JVM has parsed and checked them, kept in a file for the next start: a dynamic class-data archive, one per jar and JVM, in the user's
/// cache folder. [Rehearsal] makes it, in a process of its own after a command has ended.
///
/// Nothing here fails loudly: without an archive a start only takes longer. The JVM checks an archive itself, and starts without one that does not fit it or
/// the jar.
///
/// @param file the archive; beside it lie FILE.key, which says what it was made from, and FILE.lock, which its maker holds
record StartArchive(Path file) {
    /// Environment variable: `off`, or another folder for archives.
    static final String VARIABLE = "ORIEL_START_ARCHIVE";
    /// System property: the archive this JVM was, or would have been, started with. Without it none is made.
    static final String PROPERTY = "oriel.start.archive";
    /// How every JVM that computes is started; the script `oriel` does the same.
    static final List<String> FLAGS = List.of("--add-modules", Relaunch.VECTOR_MODULE, "--enable-native-access=ALL-UNNAMED", "-XX:-UsePerfData");
    /// Nearly everything lives off-heap: a collector without threads of its own leaves the cores to the kernels, and few megabytes for what is young leave the
    /// memory to the weights.
    static final List<String> COLLECTOR = List.of("-XX:+UseSerialGC", "-Xmn16m");
    /// What file systems allow, less room for endings.
    private static final int MAX_NAME = 240;

    /// The archive for a class path, or null where there is to be none.
    static StartArchive of(Map<String, String> environment, String classPath, String javaHome) {
        String chosen = environment.getOrDefault(VARIABLE, "");
        if (chosen.equals("off") || !classPath.endsWith(".jar") || classPath.contains(File.pathSeparator)) return null;
        String folder = chosen.isEmpty() ? folder(environment) : chosen;
        String name = (classPath + "@" + javaHome).replaceAll("[/\\\\:]", "%") + ".jsa";
        // A colon would separate two archives.
        if (folder == null || name.length() > MAX_NAME || folder.indexOf(File.pathSeparatorChar) >= 0) return null;
        return new StartArchive(Path.of(folder, name));
    }

    private static String folder(Map<String, String> environment) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        if (cache.isEmpty()) cache = environment.getOrDefault("LOCALAPPDATA", "");
        if (cache.isEmpty()) cache = environment.containsKey("HOME") ? environment.get("HOME") + "/.cache" : "";
        return cache.isEmpty() ? null : cache + "/oriel/start";
    }

    /// The options that start a JVM with this archive where it exists, and let that JVM keep it fresh.
    List<String> options() {
        List<String> options = new ArrayList<>(List.of("-D" + PROPERTY + "=" + file));
        if (Files.isRegularFile(file)) options.addAll(use(file));
        return options;
    }

    /// What the JVM thinks of an archive that does not fit would go to stdout.
    static List<String> use(Path archive) { return List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto", "-Xlog:disable"); }

    /// At the end of a command: where this JVM's archive is missing or of another jar or JVM, starts a process that makes it, and does not wait.
    static void refresh() {
        String file = System.getProperty(PROPERTY);
        if (file == null) return;
        try {
            StartArchive archive = new StartArchive(Path.of(file).toAbsolutePath());
            Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
            if (archive.isFresh(key(jar)) || !archive.makeFolder()) return;
            File nothing = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");
            List<String> command = new ArrayList<>();
            if (Files.isExecutable(Path.of("/usr/bin/nice"))) command.add("/usr/bin/nice");
            command.addAll(List.of(java(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx32m", "-cp", jar.toString()));
            command.addAll(List.of(Rehearsal.class.getName(), archive.file.toString()));
            // Not in the user's folder, which may be on something that is to be taken out.
            ProcessBuilder builder = new ProcessBuilder(command).directory(archive.file.getParent().toFile());
            builder.redirectInput(nothing).redirectOutput(nothing).redirectError(nothing).start();
        } catch (IOException | RuntimeException e) {
            // The command has done its work; a slower start is not worth a word.
            return;
        }
    }

    private boolean makeFolder() throws IOException {
        Files.createDirectories(file.getParent());
        return Files.isWritable(file.getParent());
    }

    static String java() { return Path.of(System.getProperty("java.home"), "bin", "java").toString(); }

    /// What an archive depends on.
    static String key(Path jar) throws IOException {
        return jar + "\n" + Files.size(jar) + " bytes of " + Files.getLastModifiedTime(jar).toMillis() + "\n" + System.getProperty("java.vm.vendor") + " "
                + System.getProperty("java.vm.version") + "\n";
    }

    private Path beside(String ending) { return file.resolveSibling(file.getFileName() + ending); }

    Path lock() { return beside(".lock"); }

    private Path keyFile() { return beside(".key"); }

    boolean isFresh(String key) throws IOException { return Files.exists(keyFile()) && Files.readString(keyFile()).equals(key); }

    /// Puts a finished archive in place, in one step; null where none could be made, so that the next starts do not try again.
    void publish(Path made, String key) throws IOException {
        if (made == null) Files.deleteIfExists(file);
        else Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        promise(key);
        Files.move(promised(), keyFile(), StandardCopyOption.ATOMIC_MOVE);
    }

    /// Writes what [#publish] puts in place last: where even that does not fit on the disk, there is no need to begin.
    void promise(String key) throws IOException { Files.writeString(promised(), key); }

    private Path promised() { return beside(".key.new"); }

    /// Removes the archives of jars that are gone.
    void tidy() throws IOException {
        try (var keys = Files.newDirectoryStream(file.getParent(), "*.jsa.key")) {
            for (Path key : keys) {
                if (Files.exists(Path.of(Files.readString(key).lines().findFirst().orElse("")))) continue;
                String name = key.getFileName().toString();
                StartArchive gone = new StartArchive(key.resolveSibling(name.substring(0, name.length() - ".key".length())));
                for (Path left : List.of(gone.file, gone.keyFile(), gone.lock())) Files.deleteIfExists(left);
            }
        }
    }
}
