// The places of the console: what the navigation, the palette and the keys `g …` lead to.
import {
  Bot,
  Boxes,
  FolderGit2,
  Gauge,
  Hand,
  ListTree,
  type LucideIcon,
  Network,
  Settings,
} from "lucide-react";

export interface Place {
  name: string;
  path: string;
  icon: LucideIcon;
  key: string;
}

export const PLACES: readonly Place[] = [
  { name: "Overview", path: "/", icon: Gauge, key: "g o" },
  { name: "Runs", path: "/runs", icon: ListTree, key: "g r" },
  { name: "Approvals", path: "/approvals", icon: Hand, key: "g a" },
  { name: "Projects", path: "/projects", icon: FolderGit2, key: "g p" },
  { name: "Topologies", path: "/topologies", icon: Network, key: "g t" },
  { name: "Agents", path: "/agents", icon: Bot, key: "g e" },
  { name: "Workers", path: "/workers", icon: Boxes, key: "g w" },
  { name: "Settings", path: "/settings", icon: Settings, key: "g s" },
];
