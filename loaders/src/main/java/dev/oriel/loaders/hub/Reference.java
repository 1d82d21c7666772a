package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a user calls a model: `OWNER/REPO[@REVISION][:QUANT]`, also with `hf:` in front.
///
/// @param repository `owner/repo`, or `repo` alone for the few that have no owner
/// @param revision   a branch, tag or commit
/// @param quant      which of a repository's GGUF files, or empty for the usual choice
record Reference(String repository, String revision, String quant) {
    static final String PREFIX = "hf:";
    private static final String MAIN = "main";
    private static final String NAME = "\\w(?:[\\w.-]{0,94}\\w)?";
    private static final Pattern FORM = Pattern.compile("(?<repository>(?:" + NAME + "/)?" + NAME + ")(?:@(?<revision>[^:\\s\\p{Cntrl}]+))?(?::(?<quant>[^:/\\p{Cntrl}][^:\\p{Cntrl}]*))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    static Reference parse(String text) {
        Matcher form = FORM.matcher(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
        if (!form.matches()) throw wrong(text);
        String repository = form.group("repository");
        // The cache folder's name has -- where the repository's has /.
        if (repository.contains("--") || repository.contains("..") || repository.endsWith(".git")) throw wrong(text);
        String revision = form.group("revision") == null ? MAIN : form.group("revision");
        if (SafeName.objection(revision) != null) throw wrong(text);
        return new Reference(repository, revision, form.group("quant") == null ? "" : form.group("quant"));
    }

    static boolean isCommit(String revision) { return COMMIT.matcher(revision).matches(); }

    /// In messages.
    String name() { return PREFIX + repository; }

    String cacheFolder() { return "models--" + repository.replace("/", "--"); }

    private static ModelException wrong(String text) { return new ModelException(text, "name of a model on the hub", "OWNER/REPO[@REVISION][:QUANT]", "something else"); }
}
