//! The words of `token`.

use clap::Subcommand;
use credence_domain::ids::TokenId;
use credence_pipeline::MOST_DAYS;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Issue a token for one feed; it is shown once
    #[command(after_help = "Example:\n  credence token issue --for tax/penalties --days 90")]
    Issue {
        /// The feed that it opens
        #[arg(long = "for", value_name = "PLUGIN/FEED", value_parser = feed_name)]
        feed: FeedName,
        /// Days until it expires
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
        days: u32,
    },
    /// List all tokens, without what opens
    #[command(after_help = "Example:\n  credence token list")]
    List,
    /// End a token for good
    #[command(after_help = "Example:\n  credence token revoke 0199f3a2c4d87e11a5b6c7d8e9f00112")]
    Revoke {
        /// Its id, as `token list` shows it
        id: TokenId,
    },
}

/// A feed of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedName {
    pub(crate) plugin: String,
    pub(crate) feed: String,
}

fn feed_name(text: &str) -> Result<FeedName, String> {
    match text.split_once('/') {
        Some((plugin, feed)) if !plugin.is_empty() && !feed.is_empty() => Ok(FeedName {
            plugin: plugin.to_owned(),
            feed: feed.to_owned(),
        }),
        _ => Err("write the plugin, a slash and the feed, such as tax/penalties".to_owned()),
    }
}
