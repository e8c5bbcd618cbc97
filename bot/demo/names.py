"""Names of invented people by language, in Latin letters. Family names are forms that do not depend on the person."""

from collections.abc import Mapping
from unicodedata import normalize

_GIVEN: Mapping[str, str] = {
    "en": "Alice Amir Andrew Beth Callum Charlotte Daniel Deepa Edward Eleanor Farah George Grace Harriet Hugh Imogen"
    " James Joanna Keith Laura Liam Maya Martin Naomi Nathan Olivia Owen Patrick Priya Rachel Rory Samuel Sophie Tariq"
    " Thomas Tessa Victor Wendy Yasmin Zoe",
    "de": "Andreas Anke Benedikt Birgit Carsten Claudia Daniela Dirk Eva Felix Friederike Gregor Heike Henrik Ines Jan"
    " Julia Katrin Lars Lena Lukas Maike Markus Nadine Nils Petra Ralf Sabine Sebastian Silke Stefan Tanja Thorsten"
    " Ulrike Wolfgang",
    "pl": "Adam Agnieszka Aleksandra Andrzej Anna Barbara Bartosz Dorota Ewa Grzegorz Izabela Jacek Joanna Kamil"
    " Katarzyna Krzysztof Łukasz Magdalena Marcin Michał Monika Natalia Paweł Piotr Rafał Sylwia Tomasz Urszula"
    " Wojciech Zuzanna",
    "uk": "Andrii Anna Bohdan Daryna Dmytro Halyna Ihor Iryna Ivan Kateryna Larysa Lesia Maksym Mariia Mykola Nadiia"
    " Nazar Oksana Oleh Olena Ostap Roman Serhii Sofiia Svitlana Taras Tetiana Vasyl Viktoriia Yaroslav",
    "fr": "Adrien Amélie Antoine Camille Cécile Claire Damien Élodie Étienne Fabien Florence Guillaume Hélène Julien"
    " Laure Léa Mathieu Nathalie Nicolas Olivier Pauline Quentin Sandrine Thibault Valérie Yannick",
    "es": "Alejandra Andrés Beatriz Carlos Carmen Diego Elena Fernando Gabriela Gustavo Isabel Javier Lucía Luis"
    " Mariana Miguel Patricia Pablo Raúl Rosa Sergio Sofía Teresa Vicente Ximena",
    "zh": "Bowen Chenxi Fang Haoran Jiayi Jing Lei Min Qian Rui Shan Tao Wei Xiaoyan Yichen Yun Zhen",
    "id": "Agus Bambang Citra Dewi Eko Fitri Hendra Indah Joko Kartika Maya Putri Rizky Sari Wahyu Yusuf",
    "ru": "Aidos Alma Daniyar Dinara Irina Kamila Marat Nurlan Oleg Saule Tatyana Timur",
}
_FAMILY: Mapping[str, str] = {
    "en": "Ainsworth Barlow Beckett Carraway Chaudhry Coyle Dunmore Ellery Fairclough Garside Hallam Hargreave Ibbotson"
    " Jessop Kirkby Lathom Mistry Marlow Nightingale Okafor Pemberton Quayle Rashid Redfern Sandhu Seddon Tennant"
    " Thackeray Underhill Varley Whitlock Wragg Yardley",
    "de": "Ahlers Bachmann Brinkmann Clausen Dorn Eberhardt Fenske Gerlach Hagedorn Harms Jansen Kettler Kolbe Lindner"
    " Mertens Nolte Oppermann Petersen Quast Reinhardt Rohde Sander Steinke Thiele Uhlig Vogt Wagenknecht Wessel"
    " Wieland Zander",
    "pl": "Adamczyk Banach Baran Bielak Cieślak Domagała Duda Dudek Gajda Góra Jaworek Kaczmarek Kania Karaś Kozieł"
    " Król Kubiak Lis Marciniak Mazur Mróz Nowak Olejnik Pawlak Pietrzak Sikora Stępień Szewczyk Wójcik Wróbel",
    "uk": "Bilyk Bondarenko Chernenko Danylenko Fedorenko Havryliuk Hnatiuk Ivanchenko Karpenko Kovalenko Kravchenko"
    " Kuzmenko Lysenko Marchenko Melnyk Moroz Nazarenko Oliinyk Panchenko Petrenko Polishchuk Romaniuk Rudenko"
    " Savchenko Shevchuk Sydorenko Tkachenko Tymoshchuk Vasylenko Zakharchuk",
    "fr": "Aubry Barbier Besson Carpentier Chevallier Colin Delmas Duval Fabre Faure Gaillard Germain Lacroix Lambert"
    " Leclerc Marchand Meunier Monnier Picard Poirier Renaud Rivière Roussel Tessier Vasseur",
    "es": "Aguilar Bautista Cabrera Castañeda Delgado Espinosa Figueroa Galindo Guerrero Herrera Ibarra Lozano"
    " Maldonado Navarro Ochoa Palacios Quiroga Rentería Salazar Tapia Valdez Villanueva Zamora",
    "zh": "Cai Deng Fang Gao He Hu Jiang Liang Luo Peng Qian Shen Song Tang Xu Yuan Zheng",
    "id": "Hartono Hidayat Kusuma Lestari Nugroho Pratama Rahayu Santoso Setiawan Siregar Susanto Utami Wibowo Wijaya",
    "ru": "Abenuly Bekmukhan Kim Koval Li Miller Pak Seitkali Tsoi Tynyshbay",
}


def given_names(language: str) -> list[str]:
    return _GIVEN[language].split()


def family_names(language: str) -> list[str]:
    return _FAMILY[language].split()


# Letters that Unicode does not take apart into a plain letter and a mark.
_SPELLED = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue"})


def mailbox(name: str) -> str:
    """The part of an e-mail address before the @: plain letters and dots."""
    apart = normalize("NFKD", name.lower().translate(_SPELLED))
    plain = "".join(letter for letter in apart if letter.isascii() and (letter.isalnum() or letter == " "))
    return ".".join(plain.split())
