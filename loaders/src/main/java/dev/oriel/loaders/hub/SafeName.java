package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// File names that a hub tells become files here. Only those are taken that mean the same file, below the folder they belong in, on every system: a cache may be read
/// elsewhere than it was written.
final class SafeName {
    private static final int MAX_BYTES = 1024;
    private static final int MAX_SEGMENT_BYTES = 255;
    /// What Windows takes for a device, whatever the ending.
    private static final Pattern DEVICE = Pattern.compile("(?:con|prn|aux|nul|conin\\$|conout\\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .].*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern FORBIDDEN = Pattern.compile("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029\\\\:*?\"<>|]");

    private SafeName() {}

    /// What is wrong with a path whose parts are divided by `/`, or null.
    static String objection(String path) {
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) return "more than " + MAX_BYTES + " bytes";
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(path)) return "half a character";
        for (String segment : path.split("/", -1)) {
            String objection = objectionToSegment(segment);
            if (objection != null) return objection;
        }
        return null;
    }

    private static String objectionToSegment(String segment) {
        if (segment.isEmpty()) return "a part without a name";
        if (segment.equals(".") || segment.equals("..")) return "the part '" + segment + "'";
        if (FORBIDDEN.matcher(segment).find()) return "a character that is not in every system's file names";
        if (segment.endsWith(".") || segment.endsWith(" ") || segment.startsWith(" ")) return "a dot or space at the edge of a name";
        if (DEVICE.matcher(segment).matches()) return "the name of a device";
        return segment.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT_BYTES ? "a part of more than " + MAX_SEGMENT_BYTES + " bytes" : null;
    }

    /// @throws ModelException for the first path that is not safe, or that is another one's where upper and lower case are the same
    static void requireSafe(Reference wanted, Collection<String> paths) {
        Map<String, String> seen = new HashMap<>();
        for (String path : paths) {
            String objection = objection(path);
            if (objection != null) throw new ModelException(wanted.name(), "file name " + path, "one that stays inside its folder on every system", objection);
            String other = seen.put(path.toLowerCase(Locale.ROOT), path);
            if (other != null) throw new ModelException(wanted.name(), "file names", "names that differ in more than case", other + " and " + path);
        }
    }
}
