package dev.oriel.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The command line as it was typed. In a locale that is not UTF-8 (`LANG` unset, as in most containers) Java has replaced every other character by `?` before
/// `main` begins; the kernel still has the bytes.
final class Arguments {
    /// Carries them to a second JVM.
    static final String PROPERTY = "oriel.arguments";
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    static String[] exact(String[] args) {
        String handed = System.getProperty(PROPERTY);
        if (handed != null) return unpack(handed);
        if (localeIsUtf8() || !Files.isReadable(COMMAND_LINE)) return args;
        try {
            List<String> all = split(Files.readAllBytes(COMMAND_LINE));
            return all.size() < args.length ? args : all.subList(all.size() - args.length, all.size()).toArray(String[]::new);
        } catch (IOException e) {
            return args;
        }
    }

    static boolean localeIsUtf8() { return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8).equals(StandardCharsets.UTF_8); }

    static String pack(String[] args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String arg : args) {
            bytes.writeBytes(arg.getBytes(StandardCharsets.UTF_8));
            bytes.write(0);
        }
        return Base64.getUrlEncoder().encodeToString(bytes.toByteArray());
    }

    static String[] unpack(String packed) { return split(Base64.getUrlDecoder().decode(packed)).toArray(String[]::new); }

    /// Each argument ends with a zero byte.
    private static List<String> split(byte[] bytes) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != 0) continue;
            parts.add(new String(bytes, from, i - from, StandardCharsets.UTF_8));
            from = i + 1;
        }
        return parts;
    }
}
