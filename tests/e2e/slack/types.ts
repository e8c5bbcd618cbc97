// The shapes of which a schema is made, for what the product sends to Slack.
import type { HomeView, KnownBlock, ModalView } from "@slack/types";
import type { Manifest as AnyManifest } from "@slack/web-api/dist/types/request/manifest";

export interface Message {
  text: string;
  blocks: KnownBlock[];
}
export type Modal = ModalView;
export type Home = HomeView;
// Without the index signature of Slack's, so that nothing else is allowed.
export type Manifest = Pick<AnyManifest, "display_information" | "features" | "oauth_config" | "settings">;
